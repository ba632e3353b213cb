"""The silent trial over years of made-up people: all three verdicts on the page, who may look, and months that warn."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.models.presenter import ModelsPresenter
from desktop.models.view import ModelsView
from desktop.papers import Papers, verdict_page
from desktop.printing import Printers
from desktop.security.reviews_desk import ReviewsDesk
from desktop.widgets.calibration_picture import CalibrationPicture
from engine.domain.models import DriftKind, ModelStage, ModelVerdict
from engine.packs import read_pack
from engine.resources import resources_folder
from engine.store import note_month
from engine.workflows import users
from engine.workflows.models import find_model
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.desktop.studio.hands import HandClock, Hands, close_clinic, hands_at, open_clinic, words_of
from tests.desktop.studio.lived import OWNER, PASSPHRASE, live_through, new_clinic
from tests.engine.workflows.trained import BEGAN, trained_folder

TOY = "toy@1.0.0"
PEOPLE = 900
ROLES = {Role.CLINICIAN: "Clara Wu", Role.ADMINISTRATOR: "Max Ito"}
MONTH = date(2026, 2, 1)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float, float], tuple[Path, HandClock]]:
    """Makes a clinic in which people fell ill at so many times the rate that was told, seen again after some years."""
    made: dict[tuple[float, float], tuple[Path, HandClock]] = {}
    pack = read_pack(resources_folder() / "models" / "general_health_8y").manifest.training

    def of(ratio: float, years: float) -> tuple[Path, HandClock]:
        if (ratio, years) not in made:
            place = tmp_path_factory.mktemp("lived")
            folder = trained_folder(place / "made", training=pack)
            new_clinic(place / "clinic", folder, two=False)
            now = live_through(place / "clinic", place, years, people=PEOPLE, ratio=ratio, name="toy")
            made[ratio, years] = place / "clinic", HandClock(now)
        return made[ratio, years]

    return of


@pytest.fixture
def clock() -> HandClock:
    return HandClock(BEGAN)


@pytest.fixture
def at_work(
    qtbot: QtBot, context: Context, clock: HandClock, tmp_path: Path
) -> Iterator[Callable[[tuple[Path, HandClock], str, str], Hands]]:
    """Opens the studio of such a clinic as somebody."""

    def begin(made: tuple[Path, HandClock], who: str = OWNER, secret: str = PASSPHRASE) -> Hands:
        clock.put_on(made[1].now() - clock.now())
        open_clinic(qtbot, context, made[0], tmp_path / "clinic", who, secret)
        return hands_at(qtbot, context, clock)

    yield begin
    close_clinic(qtbot, context)


def verdict_on(hands: Hands) -> str:
    label = hands.view.findChild(QLabel, "verdict")
    assert label is not None
    return label.text()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("ratio", "years", "verdict", "word"),
    [
        (1.0, 1, ModelVerdict.UNCLEAR, "Unclear"),
        (1.0, 8, ModelVerdict.CALIBRATED, "Calibrated"),
        (2.2, 5, ModelVerdict.DO_NOT_USE, "Do not use"),
    ],
)
def test_each_verdict_is_shown_with_its_reasons_and_what_follows_for_the_signatures(
    lived: Callable[[float, float], tuple[Path, HandClock]],
    at_work: Callable[..., Hands],
    tmp_path: Path,
    ratio: float,
    years: float,
    verdict: ModelVerdict,
    word: str,
) -> None:
    hands = at_work(lived(ratio, years))
    hands.open(TOY, "trial")
    assert hands.stages.page is not None
    assert hands.stages.page.model.verdict is None
    hands.press("judge")
    assert verdict_on(hands) == word
    look = hands.stages.look
    assert look is not None
    assert look.verdict is verdict
    texts, said = hands.context.texts, hands.words()
    assert texts(f"stages.verdict.next.{verdict}") in said
    assert f"of {PEOPLE} followed; 47 are needed" in said
    (picture,) = [each for each in hands.view.findChildren(CalibrationPicture) if each.isVisible()]
    assert len(picture.groups) > 1
    papers, file = Papers(hands.context, Printers(hands.context)), tmp_path / "verdict.pdf"
    with hands.qtbot.waitSignal(hands.context.good_news, timeout=60_000):
        papers.save(verdict_page(look), file)
    assert file.read_bytes().startswith(b"%PDF")
    hands.go("sign")
    assert hands.stages.asks_reason is (verdict is not ModelVerdict.CALIBRATED)
    if verdict is ModelVerdict.DO_NOT_USE:
        assert hands.stages.refusals == ("do_not_use",)
        assert not hands.has("sign")
        assert texts("stages.refused.do_not_use") in hands.words()
        return
    hands.type("reason", "nobody else works here")  # one signature
    hands.type("sign.passphrase", PASSPHRASE)
    hands.press("sign")
    assert hands.ask(lambda clinic: find_model(clinic, TOY).state.one_signature)
    assert "one signature" in hands.words()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", list(ROLES))
def test_who_works_with_records_looks_and_who_administers_signs(
    lived: Callable[[float, float], tuple[Path, HandClock]],
    at_work: Callable[..., Hands],
    tmp_path: Path,
    role: Role,
) -> None:
    store, clock = lived(1.0, 1)
    folder, secret = tmp_path / "roles", f"the passphrase of {ROLES[role]}"
    shutil.copytree(store, folder)
    clinic = unlock(folder, PASSPHRASE, clock, who=OWNER)
    given = users.add(clinic, PASSPHRASE, ROLES[role], [role])
    clinic.vault.close()
    clinic = unlock(folder, given.one_time, clock, who=ROLES[role])
    change_passphrase(clinic, given.one_time, secret)
    clinic.vault.close()
    hands = at_work((folder, clock), ROLES[role], secret)
    hands.open(TOY, "trial")
    assert hands.has("judge") is (role is Role.CLINICIAN)
    if role is Role.CLINICIAN:
        hands.press("judge")
        assert verdict_on(hands) == "Unclear"
    hands.go("sign")
    assert hands.has("sign") is (role is Role.ADMINISTRATOR)
    assert hands.has("retire") is (role is Role.ADMINISTRATOR)
    if role is Role.CLINICIAN:
        assert hands.context.texts("stages.sign.not_yours") in hands.words()


@pytest.mark.timeout(600)
def test_a_month_that_warns_is_seen_at_the_tool_and_waits_until_somebody_looked(
    qtbot: QtBot, lived: Callable[[float, float], tuple[Path, HandClock]], at_work: Callable[..., Hands]
) -> None:
    hands = at_work(lived(1.0, 1))
    hands.open(TOY, "sign")
    hands.type("reason", "nobody else works here")
    hands.type("sign.passphrase", PASSPHRASE)
    hands.press("sign")
    assert hands.ask(lambda clinic: find_model(clinic, TOY).stage) is ModelStage.APPROVED
    ref = hands.stages.page.model.ref if hands.stages.page else None
    assert ref is not None
    hands.ask(lambda clinic: [note_month(clinic.vault, ref, MONTH, [DriftKind.INPUTS], clinic.actor)])
    models = ModelsPresenter(hands.context)
    view = ModelsView(hands.context.ui, models)
    qtbot.addWidget(view)
    view.resize(1286, 680)
    view.show()
    hands.idle()
    models.choose("toy")
    (pack,) = models.trained_packs
    assert models.pack_standing(pack).text == "In use: please look"
    words = hands.context.texts.wording
    told = [words.say(f"watch.{part}.inputs") for part in ("drift", "todo")]
    assert all(each in words_of(view) for each in told)
    (leads,) = [each for each in view.findChildren(QAbstractButton) if each.isVisible() and each.text() == "Look at it"]
    with qtbot.waitSignal(models.studio_asked) as asked:
        leads.click()
    assert asked.args == [TOY, "trial"]
    hands.stages.read()
    hands.go("trial")
    assert all(each in hands.words() for each in told)
    with qtbot.waitSignal(hands.stages.reviews_asked):
        hands.press("reviews")
    desk = ReviewsDesk(hands.context)
    desk.look()
    hands.idle()
    review = next(each for each in desk.waiting if each.text == "2026-02")
    desk.close(review, "a new device reads lower")
    hands.idle()
    hands.put_on(hours=1)
    assert not any(each in hands.words() for each in told)
