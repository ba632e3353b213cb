"""The cards of the look inside: the network, its loss, one person's way through it, one weight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.studio.inside_numbers import Line, Teller, brief, short
from desktop.studio.looking_inside import LookingInside
from desktop.studio.loss_curve import LossCurve
from desktop.studio.network_picture import NetworkPicture, Node, Picture
from desktop.widgets.choices import Select
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui
from engine.workflows.inside_run import Activation, Inside, Optimiser, Step, places, value_at

_LABEL = 176  # wide, of what a line is about
_HEAD, _PLAIN, _STRONG = "head", "plain", "strong"


class Working(QWidget):
    """Lines of a working: what it is, how it is worked out, what comes out. Labels are kept while they are enough."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(ui.px(12))
        self._grid.setVerticalSpacing(ui.px(4))
        self._grid.setColumnStretch(1, 1)
        self.setLayout(self._grid)
        self._shape: list[str] = []
        self._labels: list[list[QLabel]] = []

    def show_lines(self, lines: Sequence[tuple[str, Line]]) -> None:
        """Show lines, each with its look: ``head``, ``plain`` or ``strong``."""
        shape = [look for look, _ in lines]
        if shape != self._shape:
            self._build(shape)
        for labels, (_, line) in zip(self._labels, lines, strict=True):
            for label, text in zip(labels, (line.label, line.working, line.result), strict=False):
                label.setText(text)

    def _build(self, shape: list[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._shape, self._labels = shape, []
        ui = self._ui
        for at, look in enumerate(shape):
            if look == _HEAD:
                head = Label(ui, "", 12, bold=True, tone="2")
                self._grid.addWidget(head, at, 0, 1, 3)
                self._labels.append([head])
                continue
            bold = look == _STRONG
            label, working = Label(ui, "", 12, bold=bold), Label(ui, "", 12, tone="2")
            result = Label(ui, "", 12, bold=True, wrap=False)
            for each in (working, result):
                each.setFont(ui.theme.figures(12) if each is working else each.font())
            label.setFixedWidth(ui.px(_LABEL))
            result.setMinimumWidth(ui.px(64))
            for place, each in enumerate((label, working, result)):
                side = Qt.AlignmentFlag.AlignRight if each is result else Qt.AlignmentFlag.AlignLeft
                each.setAlignment(side | Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(each, at, place)
            self._labels.append([label, working, result])


class NetworkCard(Card):
    """The network as it stands before the step, with the numbers of one person in its circles."""

    def __init__(self, ui: Ui, looking: LookingInside) -> None:
        super().__init__(ui, ui.texts("inside.network_title"), gap=8)
        self._looking = looking
        self.picture = NetworkPicture(ui)
        self.picture.chosen.connect(looking.choose_place)
        self.picture.moved.connect(looking.move_place)
        self._seen = Label(ui, "", 12, tone="3")
        self.body.addWidget(self._seen)
        self.body.addWidget(self.picture)

    def show_step(self, teller: Teller, inside: Inside, step: Step) -> None:
        """Show a step."""
        relu = inside.settings.activation is Activation.RELU
        self._seen.setText(teller.say("network_seen" if relu else "network_seen_smooth"))
        told = picture_of(teller, inside, step, self._looking)
        self.picture.show_picture(told, self._looking.place)


class CurveCard(Card):
    """How the loss fell, and where the step stands in it."""

    def __init__(self, ui: Ui, looking: LookingInside) -> None:
        super().__init__(ui, ui.texts("inside.curve_title"), gap=8)
        self._ui, self._looking = ui, looking
        self.curve = LossCurve(ui)
        self.curve.chosen.connect(looking.go_epoch)
        self.body.addWidget(self.curve)
        self.body.addWidget(Label(ui, ui.texts("inside.curve_seen"), 12, tone="3"))
        self._shown: Inside | None = None

    def show_run(self, inside: Inside) -> None:
        """Show a run, and the epoch of the step."""
        if self._shown is not inside:
            self._shown = inside
            self.curve.show_losses(inside.loss, inside.watched)
        texts, epoch = self._ui.texts, self._looking.epoch
        losses = [texts("inside.curve_trained", loss=short(inside.loss[epoch]))]
        if inside.watched:
            losses.append(texts("inside.curve_watched", loss=short(inside.watched[epoch])))
        told = texts(
            "inside.curve_told", epoch=epoch + 1, epochs=inside.epochs_run, losses=texts("inside.comma").join(losses)
        )
        self.curve.show_epoch(epoch, told)


class PersonCard(Card):
    """One person of the batch from what was recorded to the loss, and the loss of the step."""

    def __init__(self, ui: Ui, looking: LookingInside) -> None:
        super().__init__(ui, ui.texts("inside.row_title"), gap=8)
        self._looking = looking
        self._seen = Label(ui, "", 12, tone="3")
        self.person = Select(ui, name=ui.texts("inside.row_chosen"))
        self.person.setObjectName("person")
        self.person.chosen.connect(lambda code: looking.choose_person(int(code)))
        self._working = Working(ui)
        for part in (self._seen, self.person, self._working):
            self.body.addWidget(part)
        self._step: Step | None = None

    def show_step(self, teller: Teller, step: Step) -> None:
        """Show a step."""
        at = self._looking.person
        if step is not self._step:
            self._step = step
            self._seen.setText(teller.say("row_seen", count=len(step.rows)))
            people = [(str(each), teller.person(step, each)) for each in range(len(step.rows))]
            self.person.set_options(people, str(at))
        self.person.set_value(str(at))
        lines = [(_HEAD, Line(teller.say("part_inputs"), "", ""))]
        lines += [(_PLAIN, line) for line in teller.inputs(step, at)]
        lines.append((_HEAD, Line(teller.say("part_sums"), "", "")))
        lines += [(_PLAIN, line) for line in teller.layers(step, at)]
        lines.append((_HEAD, Line(teller.say("part_outputs"), "", "")))
        lines += [(_PLAIN, line) for line in teller.outputs(step, at)]
        lines.append((_HEAD, Line(teller.say("part_batch"), "", "")))
        lines.append((_STRONG, teller.batch(step)))
        self._working.show_lines(lines)


class WeightCard(Card):
    """How the step moves one weight."""

    def __init__(self, ui: Ui, looking: LookingInside) -> None:
        super().__init__(ui, ui.texts("inside.weight_title"), gap=8)
        self._ui, self._looking = ui, looking
        self._seen = Label(ui, "", 12, tone="3")
        self.weight = Select(ui, name=ui.texts("inside.weight_chosen"))
        self.weight.setObjectName("weight")
        self.weight.chosen.connect(self._choose)
        self._working = Working(ui)
        for part in (self._seen, self.weight, self._working):
            self.body.addWidget(part)
        self._shown: Inside | None = None

    def _choose(self, code: str) -> None:
        if self._shown is not None:
            self._looking.choose_place(places(self._shown)[int(code)])

    def show_step(self, teller: Teller, inside: Inside, step: Step) -> None:
        """Show a step."""
        every = places(inside)
        if self._shown is not inside:
            self._shown = inside
            adam = inside.settings.optimiser is Optimiser.ADAM
            self._seen.setText(teller.say("weight_seen_adam" if adam else "weight_seen"))
            self.weight.set_options([(str(at), teller.place(place)) for at, place in enumerate(every)])
        self.weight.set_value(str(every.index(self._looking.place)))
        lines = teller.weight(step, self._looking.person, self._looking.place)
        self._working.show_lines([*((_PLAIN, line) for line in lines[:-1]), (_STRONG, lines[-1])])


def picture_of(teller: Teller, inside: Inside, step: Step, looking: LookingInside) -> Picture:
    """Return the network before a step, with the numbers of one person of its batch."""
    at, moment = looking.person, step.forward
    raw = inside.raw[step.rows[at]].tolist()
    inputs = tuple(
        Node(teller.entry(entry), brief(value), teller.value(entry, recorded))
        for entry, value, recorded in zip(inside.entries, moment.inputs[at].tolist(), raw, strict=True)
    )
    silent = inside.settings.activation is Activation.RELU
    hidden = tuple(
        tuple(
            Node(teller.unit(deep + 1, unit), brief(value), silent=silent and value == 0)
            for unit, value in enumerate(values[at].tolist())
        )
        for deep, values in enumerate(moment.hidden)
    )
    chances = moment.probabilities[at].tolist()
    outputs = tuple(
        Node(teller.outcome(klass), brief(chance), f"{100 * chance:.0f} %", true=klass == step.classes[at])
        for klass, chance in enumerate(chances)
    )
    weights = tuple(tuple(tuple(line) for line in layer.weights.tolist()) for layer in step.before)
    comma = teller.say("comma")
    told = teller.say(
        "picture_told",
        sizes=sizes_of(inside),
        person=teller.row(step, at),
        inputs=comma.join(teller.say("picture_part", name=each.name, value=each.below) for each in inputs),
        outputs=comma.join(teller.say("picture_part", name=each.name, value=each.below) for each in outputs),
        weight=teller.place(looking.place),
        value=short(value_at(step.before, looking.place)),
    )
    return Picture((inputs, *hidden, outputs), weights, told)


def sizes_of(inside: Inside) -> str:
    """Return how many circles each column has: "3-4-2"."""
    sizes = (len(inside.entries), *inside.settings.hidden, inside.settings.classes)
    return "-".join(map(str, sizes))
