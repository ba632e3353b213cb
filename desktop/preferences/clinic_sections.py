"""The sections of the settings that concern the clinic: country, tools, its name, the passphrase."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.preferences.folder_card import FolderRow
from desktop.preferences.sections import Section, idle_select
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select, Switch
from desktop.widgets.fields import PassphraseField, TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice, Pill
from desktop.widgets.reflow import SettingRow
from desktop.widgets.ui import clear, column, row
from engine.domain.clinic_packs import PackState

_FIELDS = ("old", "new", "again")


class RiskSection(Section):
    """Country, regions and tools. What follows from them is shown anew after each change."""

    def fill(self) -> None:
        """Put the cards in."""
        texts = self.ui.texts
        self._said = Notice(self.ui, "info")
        self.cards.addWidget(self._said)
        self._country = self.card(texts("preferences.risk.country_title"))
        self._country_rows = column(self.ui, gap=0)
        self._country.body.addLayout(self._country_rows)
        packs = self.card(texts("preferences.risk.tools_title"))
        intro = Label(self.ui, texts("preferences.risk.tools_words"), 12, tone="3")
        intro.setContentsMargins(self.ui.margins(16, 12, 16, 4))
        packs.body.addWidget(intro)
        self._pack_rows = column(self.ui, gap=0)
        packs.body.addLayout(self._pack_rows)
        self.refresh()

    def refresh(self) -> None:
        """Show again what holds."""
        clear(self._country_rows)
        clear(self._pack_rows)
        self._fill_country()
        self._fill_packs()
        for rows in (self._country_rows, self._pack_rows):
            for at in range(rows.count()):
                item = rows.itemAt(at)
                made = item.widget() if item is not None else None
                if made is not None:
                    made.show()  # Qt would show it later by itself, and at times too late
        said = self.ui.texts("preferences.risk.stored_stay") if self.presenter.moved else ""
        if not self.presenter.may_change:
            said = self.ui.texts("preferences.risk.not_yours")
        self._said.say(said, "info")

    def _fill_country(self) -> None:
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        country = Select(ui, presenter.countries, presenter.country, name=texts("preferences.risk.country"))
        country.setObjectName("country")
        country.setMinimumContentsLength(18)
        country.chosen.connect(presenter.choose_country)
        country.setEnabled(presenter.may_change)
        self._country_rows.addWidget(
            SettingRow(ui, texts("preferences.risk.country"), texts("preferences.risk.country_words"), country)
        )
        regions = presenter.regions
        for at, (region, is_open) in enumerate(regions):
            last = at + 1 == len(regions)
            words = texts("preferences.risk.region_open" if region.value is None else "preferences.risk.region_chosen")
            caption = words if is_open else texts("preferences.risk.region_follows")
            title = region.labels[texts.language]
            self._country_rows.addWidget(SettingRow(ui, title, caption, self._region(region, is_open), last=last))

    def _region(self, region: Any, is_open: bool) -> QWidget:
        ui, language = self.ui, self.ui.texts.language
        options = [(choice.code, choice.labels[language]) for choice in region.choices]
        if not is_open:
            return Label(ui, dict(options).get(region.value or "", ""), 13, tone="2", wrap=False)
        made = Select(ui, options, region.value, name=region.labels[language])
        made.setObjectName(region.field)
        made.setMinimumContentsLength(18)
        made.chosen.connect(lambda code, field=region.field: self.presenter.choose_region(field, code))
        made.setEnabled(self.presenter.may_change)
        return made

    def _fill_packs(self) -> None:
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        asked = [pack for pack in presenter.packs if not pack.on_by_default]
        free = [pack for pack in presenter.packs if pack.on_by_default]
        for at, pack in enumerate([*asked, *free]):
            title = texts("preferences.risk.tool", title=pack.title[texts.language], version=pack.version)
            if pack.on_by_default or pack.state is not PackState.ON:
                on = presenter.pack_is_on(pack)
                control: QWidget = Pill(ui, texts(f"preferences.risk.{'on' if on else 'off'}"), "ok" if on else "info")
            else:
                control = Switch(ui, presenter.pack_is_on(pack), name=title)
                control.setObjectName(f"pack.{pack.id}")
                control.clicked.connect(lambda on, pack_id=pack.id: presenter.accept(pack_id, on))
                control.setEnabled(presenter.may_change)
            last = at + 1 == len(presenter.packs)
            caption = pack.licence_note
            if not pack.on_by_default:
                note = "preferences.risk.accepted" if presenter.pack_is_on(pack) else "preferences.risk.to_read"
                caption = texts(note, note=pack.licence_note)
            self._pack_rows.addWidget(SettingRow(ui, title, caption, control, last=last))


class ClinicSection(Section):
    """Its name, when the window locks, the passphrase."""

    def fill(self) -> None:
        """Put the cards in."""
        ui, texts, presenter = self.ui, self.ui.texts, self.presenter
        self._name = TextField(ui, "", presenter.context.clinic.clinic.name)
        self._name.edit.setAccessibleName(texts("preferences.clinic.name"))
        self._name.setMinimumWidth(ui.px(260))
        self._name.left.connect(lambda: presenter.rename(self._name.text()))
        self._name.edit.setReadOnly(not presenter.may_change)
        self.card(
            texts("preferences.section.clinic"),
            SettingRow(
                ui,
                texts("preferences.clinic.name"),
                texts("preferences.clinic.name_words" if presenter.may_change else "preferences.risk.not_yours"),
                self._name,
            ),
            SettingRow(
                ui,
                texts("preferences.clinic.lock"),
                texts("preferences.clinic.lock_words"),
                idle_select(ui, presenter),
                last=True,
            ),
        )
        self.card(texts("bring.watch.card"), FolderRow(ui, presenter.watch, practice=presenter.is_practice))
        self._fill_passphrase()
        presenter.passphrase_changed.connect(self._empty)
        self.refresh()

    def refresh(self) -> None:
        """Show again what holds."""
        presenter = self.presenter
        self._name.say(presenter.name_problem)
        for name, field in self._fields.items():
            field.say(presenter.passphrase_problems.get(name, ""))
        if self._fields:
            self._button.setEnabled(not presenter.passphrase_busy)

    def _fill_passphrase(self) -> None:
        ui, texts = self.ui, self.ui.texts
        self._fields: dict[str, PassphraseField] = {}
        card = self.card(texts("preferences.clinic.passphrase_title"))
        inside = column(ui, gap=10, margins=(16, 12, 16, 16))
        card.body.addLayout(inside)
        if self.presenter.is_practice:
            inside.addWidget(Label(ui, texts("preferences.clinic.practice"), 13, tone="2"))
            return
        inside.addWidget(Label(ui, texts("preferences.clinic.passphrase_words"), 12, tone="3"))
        for name in _FIELDS:
            field = PassphraseField(ui, texts(f"preferences.clinic.passphrase_{name}"))
            field.setMaximumWidth(ui.px(420))
            field.entered.connect(lambda at=name: self._entered(at))
            self._fields[name] = field
            inside.addWidget(field)
        self._fields["new"].edited.connect(lambda text: self._fields["new"].say(self.presenter.advice(text), "warn"))
        self._button = Button(ui, texts("preferences.clinic.change_passphrase"), kind="filled", icon="key")
        self._button.clicked.connect(self._change)
        inside.addLayout(row(ui, self._button, 1))

    def _entered(self, name: str) -> None:
        if name == _FIELDS[-1]:
            self._change()
        else:
            self._fields[_FIELDS[_FIELDS.index(name) + 1]].setFocus()

    def _change(self) -> None:
        self.presenter.change_passphrase(*(self._fields[name].text() for name in _FIELDS))
        wrong = [name for name in _FIELDS if name in self.presenter.passphrase_problems]
        if wrong:
            self._fields[wrong[0]].setFocus()

    def _empty(self) -> None:
        for field in self._fields.values():
            field.set_text("")
            field.say("")
