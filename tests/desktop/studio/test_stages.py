"""From the card to the signatures in a real clinic: what is refused and why, who signs, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.models.presenter import ModelsPresenter
from desktop.models.view import ModelsView
from desktop.papers import Papers, card_paper
from desktop.printing import Printers
from desktop.studio.card_page import CardPage
from desktop.studio.card_parts import PartCard
from engine.domain.models import ModelStage
from engine.packs import read_pack
from engine.packs.origin import Words
from engine.resources import resources_folder
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_card import card_in_clinic
from engine.workflows.models import add_draft, find_model
from tests.desktop.studio.hands import HandClock, Hands, close_clinic, hands_at, open_clinic, words_of
from tests.desktop.studio.lived import OTHER, OTHERS_PASSPHRASE, OWNER, PASSPHRASE, new_clinic, opened
from tests.engine.workflows.trained import BEGAN, import_year, simulated, trained_folder

TOY = "toy@1.0.0"
LONG, OUTCOME = "Adults 40 to 79 who came for a check-up", "First heart attack, found by the county hospital"


def training() -> object:
    """What a pack that was really trained says of its training."""
    return read_pack(resources_folder() / "models" / "general_health_8y").manifest.training


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of two administrators that keeps three drafts of one model; the last does not say for whom it is."""
    place = tmp_path_factory.mktemp("drafted")
    new_clinic(place / "clinic", trained_folder(place / "made", training=training()))
    with opened(place / "clinic", BEGAN) as clinic:
        for version, said in (("2.0.0", {}), ("3.0.0", {"population": Words("-", "-")})):
            folder = trained_folder(place / version, training=training(), version=version, **said)
            assert add_draft(clinic, folder)[1] is not None
    return place / "clinic"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(BEGAN)


@pytest.fixture
def hands(qtbot: QtBot, context: Context, clock: HandClock, drafted: Path, tmp_path: Path) -> Iterator[Hands]:
    """The studio, opened by one of the two."""
    open_clinic(qtbot, context, drafted, tmp_path / "clinic", OWNER)
    yield hands_at(qtbot, context, clock)
    close_clinic(qtbot, context)


def refusals(hands: Hands) -> tuple[str, ...]:
    return hands.stages.refusals


def stage_of(hands: Hands, name: str) -> ModelStage:
    return hands.ask(lambda clinic: find_model(clinic, name).stage)


def fifty(clinic: OpenClinic, place: Path) -> bool:
    import_year(clinic, simulated(50, 1.0), 0, place)
    return True


def sign(hands: Hands, reason: str = "outcomes over ten years cannot be waited for") -> None:
    hands.type("second", OTHERS_PASSPHRASE)
    if hands.has("reason"):
        hands.type("reason", reason)
    hands.type("sign.passphrase", PASSPHRASE)
    hands.press("sign")


def bring_to_signing(hands: Hands, name: str) -> None:
    hands.open(name, "trial")
    hands.press("begin")
    hands.put_on(days=28)
    hands.go("sign")


def test_the_whole_card_is_on_the_screen_as_on_paper(hands: Hands) -> None:
    hands.open(TOY, "card")
    card = hands.ask(lambda clinic: card_in_clinic(clinic, TOY, "en", hands.stages.card.paper))  # type: ignore[union-attr]  # it was read
    page = hands.view.page("card")
    hands.qtbot.waitUntil(lambda: len(page.findChildren(PartCard)) == len(card.parts))
    said = hands.words()
    for part in card.parts:
        assert part.title in said
        for line in (*part.points, *part.notes):
            assert line in said
        for row in part.table.rows if part.table else ():
            assert all(cell in said for cell in row)
    assert {"bias", "items", "figures", "inputs", "built"} <= {part.key for part in card.parts}


def test_what_only_people_know_is_written_on_a_draft_and_on_nothing_later(hands: Hands) -> None:
    hands.open(TOY, "card")
    hands.type("words.population", LONG)
    assert hands.stages.name == TOY
    page = hands.view.page("card")
    assert isinstance(page, CardPage)
    hands.type("words.outcome", OUTCOME)
    hands.press("next")  # what is typed comes first
    held = hands.presenter.in_hand
    assert held is not None
    assert (held.name, held.manifest.population.en, held.manifest.outcome.zh) == ("toy@1.0.1", LONG, OUTCOME)
    assert stage_of(hands, TOY) is ModelStage.RETIRED
    assert LONG in hands.words()
    assert hands.presenter.step == "card"
    hands.press("next")
    assert hands.presenter.step == "trial"
    hands.press("begin")
    hands.go("card")
    assert not hands.has("words.population")


def test_a_card_that_does_not_say_for_whom_leads_to_where_it_is_written(hands: Hands) -> None:
    hands.open("toy@3.0.0", "sign")
    told = hands.context.texts("stages.lacking.population")
    assert refusals(hands) == ("lacking", "draft")
    assert told in hands.words()
    hands.press("to.card")
    assert told in hands.words()
    (leads,) = [
        each for each in hands.view.findChildren(QAbstractButton) if each.isVisible() and each.text() == "Write it"
    ]
    leads.click()
    field = hands.view.findChild(QLineEdit, "words.population")
    assert field is not None
    assert hands.view.focusWidget() is field
    hands.type("words.population", LONG)
    hands.press("write")
    assert hands.stages.name == "toy@3.0.1"
    assert told not in hands.words()
    hands.go("sign")
    assert refusals(hands) == ("draft",)


def test_an_answer_that_is_missing_is_told_beside_the_fields_and_nothing_is_changed(hands: Hands) -> None:
    hands.open(TOY, "card")
    hands.type("words.population", " ")
    hands.press("write")
    assert "Fill in all three" in hands.words()
    assert stage_of(hands, TOY) is ModelStage.DRAFT


def test_a_draft_too_soon_and_then_signed_by_two_speaks_like_any_tool(hands: Hands) -> None:
    hands.open(TOY, "sign")
    assert refusals(hands) == ("draft",)
    assert "Start its silent trial first" in hands.words()
    hands.press("to.trial")
    hands.type("threshold", "200")
    hands.press("begin")
    assert "above 0 and below 100" in hands.words()
    assert stage_of(hands, TOY) is ModelStage.DRAFT
    hands.type("threshold", "20")
    hands.press("begin")
    assert stage_of(hands, TOY) is ModelStage.SHADOW
    assert hands.ask(lambda clinic: find_model(clinic, TOY).threshold) == 0.2
    hands.put_on(days=27)
    assert "Days in silence: 27; 28 are enough" in hands.words()
    hands.go("sign")
    assert refusals(hands) == ("too_soon",)
    assert not hands.has("sign")
    hands.put_on(days=1)
    assert refusals(hands) == ()
    hands.type("second", "not theirs at all")
    hands.type("reason", "we cannot wait")
    hands.type("sign.passphrase", PASSPHRASE)
    hands.press("sign")
    assert stage_of(hands, TOY) is ModelStage.SHADOW
    assert hands.stages.problems.keys() == {"second"}
    assert hands.stages.problems["second"] in hands.words()
    hands.type("second", OTHERS_PASSPHRASE)
    with hands.qtbot.waitSignal(hands.presenter.packs_changed):
        hands.press("sign")
    assert stage_of(hands, TOY) is ModelStage.APPROVED
    assert "toy" in hands.context.clinic.library
    told = hands.words()
    assert f"by {OWNER}" in told
    assert f"agreed by {OTHER}" in told
    assert "we cannot wait" in told


def test_without_a_verdict_even_two_give_a_reason(hands: Hands) -> None:
    bring_to_signing(hands, TOY)
    sign(hands, "")
    assert hands.stages.problems.keys() == {"reason"}
    assert stage_of(hands, TOY) is ModelStage.SHADOW


def test_fifty_people_are_as_good_as_four_weeks(hands: Hands, tmp_path: Path) -> None:
    hands.open(TOY, "trial")
    hands.press("begin")
    hands.clock.put_on(timedelta(days=21))
    hands.ask(lambda clinic: fifty(clinic, tmp_path))
    hands.press("judge")
    assert "People with an answer: 50" in hands.words()
    assert refusals(hands) == ()


def test_a_newer_version_retires_the_one_that_spoke_and_one_step_leads_back(hands: Hands) -> None:
    bring_to_signing(hands, TOY)
    sign(hands)
    bring_to_signing(hands, "toy@2.0.0")
    assert "Version 1.0.0, which speaks now, is retired in the same step" in hands.words()
    sign(hands)
    assert [stage_of(hands, name) for name in (TOY, "toy@2.0.0")] == [ModelStage.RETIRED, ModelStage.APPROVED]
    hands.press("back_to")
    held = hands.presenter.in_hand
    assert held is not None
    assert (held.name, hands.presenter.step, hands.stages.refusals) == (TOY, "sign", ())
    sign(hands, "the new one told too much")
    assert [stage_of(hands, name) for name in (TOY, "toy@2.0.0")] == [ModelStage.APPROVED, ModelStage.RETIRED]
    assert hands.context.clinic.library.get("toy").manifest.version == "1.0.0"
    assert hands.has("version.2.0.0")


def test_retiring_takes_a_reason_and_nothing_else_speaks_then(hands: Hands) -> None:
    bring_to_signing(hands, TOY)
    sign(hands)
    hands.press("retire")
    assert hands.stages.problems.keys() == {"reason"}
    assert stage_of(hands, TOY) is ModelStage.APPROVED
    hands.type("retire.reason", "nobody asks for it")
    with hands.qtbot.waitSignal(hands.presenter.packs_changed):
        hands.press("retire")
    assert stage_of(hands, TOY) is ModelStage.RETIRED
    assert hands.context.clinic.library.switched_off("toy")
    assert "nobody asks for it" in hands.words()


def test_the_card_is_printed_in_both_languages_and_the_paper_of_the_clinic(hands: Hands, tmp_path: Path) -> None:
    papers = Papers(hands.context, Printers(hands.context))
    sizes = set()
    for language, paper in (("en", "a4"), ("zh", "letter")):
        hands.context.change(sheet_language=language, paper=paper)
        file = tmp_path / f"{language}.pdf"
        with hands.qtbot.waitSignal(hands.context.good_news, timeout=60_000):
            papers.save(card_paper("general_health_8y" if language == "en" else TOY), file)
        content = file.read_bytes()
        assert content.startswith(b"%PDF")
        sizes.add(b"[0 0 612 792]" in content)
    assert sizes == {True, False}


def test_the_page_of_tools_shows_each_stage_and_leads_to_the_studio(
    hands: Hands, look: Callable[[ModelsPresenter], str]
) -> None:
    models = ModelsPresenter(hands.context)
    models.look()
    hands.idle()
    assert [(each.name, each.model.stage) for each in models.trained_apart] == [
        (TOY, ModelStage.DRAFT),
        ("toy@2.0.0", ModelStage.DRAFT),
        ("toy@3.0.0", ModelStage.DRAFT),
    ]
    models.choose(TOY)
    assert "A draft answers nobody" in look(models)
    bring_to_signing(hands, TOY)
    models.look()
    hands.idle()
    assert [(each.name, models.trained.standing(each, hands.context.texts).text) for each in models.trained_apart] == [
        (TOY, "Silent trial"),
        ("toy@2.0.0", "Draft"),
        ("toy@3.0.0", "Draft"),
    ]
    sign(hands)
    models.look()
    hands.idle()
    (pack,) = models.trained_packs
    assert models.pack_standing(pack).text == "In use"
    assert all(pack.ref.id != "toy" for _, packs in models.areas for pack in packs)


@pytest.fixture
def look(qtbot: QtBot) -> Callable[[ModelsPresenter], str]:
    """Shows the page of tools, presses what leads to the studio, and returns what was seen."""

    def shown(models: ModelsPresenter) -> str:
        view = ModelsView(models.context.ui, models)
        qtbot.addWidget(view)
        view.resize(1286, 680)
        view.show()
        qtbot.waitExposed(view)
        assert not view.grab().isNull()  # every line is drawn, whatever its stage
        said = words_of(view)
        button = view.findChild(QAbstractButton, "studio")
        assert button is not None
        with qtbot.waitSignal(models.studio_asked) as asked:
            button.click()
        assert asked.args == [models.selected, ""]
        return said

    return shown
