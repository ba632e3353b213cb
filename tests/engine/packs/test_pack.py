"""A pack folder is taken whole and unaltered, or refused with what is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import PackError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary, read_pack, write_pack
from engine.packs.cases import read_cases
from engine.packs.digests import DIGESTS_FILE, digests_text, read_digests
from engine.packs.pack import CARD_FILE, CASES_FILE, GRAPH_FILE, MANIFEST_FILE
from engine.packs.wire import check_graph

MakePack = Callable[..., Pack]


@pytest.fixture
def pack(make_pack: MakePack, tmp_path: Path) -> Pack:
    return make_pack(folder=tmp_path)


def code_of(folder: Path) -> str:
    with pytest.raises(PackError) as caught:
        read_pack(folder)
    return caught.value.code


def test_a_written_pack_reads_back(pack: Pack) -> None:
    again = read_pack(pack.folder)
    assert again.manifest == pack.manifest
    assert again.ref == pack.ref
    assert again.read_card() == "# Card\n"
    assert sorted(path.name for path in pack.folder.iterdir()) == [CARD_FILE, MANIFEST_FILE, GRAPH_FILE, CASES_FILE]


def test_the_same_parts_give_the_same_bytes(pack: Pack, tmp_path: Path) -> None:
    twin = write_pack(tmp_path / "other", pack.manifest, pack.read_graph(), "# Card\n", pack.read_case_table().decode())
    assert twin.digest == pack.digest
    for path in pack.folder.iterdir():
        assert (twin.folder / path.name).read_bytes() == path.read_bytes()


def test_the_manifest_names_the_digest_of_every_file(pack: Pack) -> None:
    document = json.loads((pack.folder / MANIFEST_FILE).read_bytes())
    for part in (document["graph"], document["card"], document["reference_cases"]):
        assert part["sha256"] == hashlib.sha256((pack.folder / part["file"]).read_bytes()).hexdigest()


@pytest.mark.parametrize("file", [GRAPH_FILE, CARD_FILE, CASES_FILE])
def test_one_changed_byte_anywhere_is_noticed(pack: Pack, file: str) -> None:
    path = pack.folder / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert code_of(pack.folder) == "pack_altered"


def test_a_changed_manifest_is_another_pack(pack: Pack) -> None:
    path = pack.folder / MANIFEST_FILE
    path.write_bytes(path.read_bytes().replace(b'"version": "1.0.0"', b'"version": "1.0.1"'))
    assert read_pack(pack.folder).digest != pack.digest


@pytest.mark.parametrize("file", [GRAPH_FILE, CARD_FILE, CASES_FILE])
def test_a_missing_file_is_named(pack: Pack, file: str) -> None:
    (pack.folder / file).unlink()
    with pytest.raises(PackError) as caught:
        read_pack(pack.folder)
    assert (caught.value.code, caught.value.details["file"]) == ("pack_file_missing", file)


def test_a_missing_manifest_or_folder_is_no_pack(pack: Pack) -> None:
    (pack.folder / MANIFEST_FILE).unlink()
    assert code_of(pack.folder) == "pack_missing"
    assert code_of(pack.folder / "nowhere") == "pack_missing"


def test_anything_extra_in_the_folder_is_refused(pack: Pack) -> None:
    (pack.folder / "weights.bin").write_bytes(b"1")
    assert code_of(pack.folder) == "pack_file_unexpected"


def test_a_folder_in_the_place_of_a_file_is_refused(pack: Pack) -> None:
    (pack.folder / CARD_FILE).unlink()
    (pack.folder / CARD_FILE).mkdir()
    assert code_of(pack.folder) == "pack_file_unexpected"


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege there")
def test_a_link_to_a_file_elsewhere_is_refused(pack: Pack, tmp_path: Path) -> None:
    elsewhere = tmp_path / "card"
    shutil.move(pack.folder / CARD_FILE, elsewhere)
    (pack.folder / CARD_FILE).symlink_to(elsewhere)
    assert code_of(pack.folder) == "pack_file_unexpected"


def test_a_huge_file_is_refused_before_it_is_read(pack: Pack) -> None:
    with (pack.folder / CARD_FILE).open("r+b") as file:
        file.truncate(1 << 30)  # sparse: takes no room
    assert code_of(pack.folder) == "pack_file_too_large"


def test_a_renamed_folder_is_refused(pack: Pack) -> None:
    assert code_of(pack.folder.rename(pack.folder.with_name("toy2"))) == "pack_name"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "model.onnx"])
def test_a_manifest_that_names_other_files_is_refused(pack: Pack, name: str) -> None:
    path = pack.folder / MANIFEST_FILE
    document = json.loads(path.read_bytes())
    document["card"]["file"] = name
    path.write_text(json.dumps(document), encoding="utf-8")
    assert code_of(pack.folder) == "pack_manifest_contradiction"


def test_a_file_altered_after_reading_is_noticed_when_it_is_used(pack: Pack) -> None:
    path = pack.folder / GRAPH_FILE
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(PackError, match="pack_altered"):
        pack.read_graph()


def test_parts_that_make_no_pack_leave_the_old_one_in_place(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="pack_graph_unreadable"):
        write_pack(tmp_path, pack.manifest, b"no graph", "# New\n", "")
    assert read_pack(pack.folder).read_card() == "# Card\n"
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_pack_is_replaced_whole(pack: Pack, tmp_path: Path) -> None:
    new = write_pack(tmp_path, pack.manifest, pack.read_graph(), "# New\n", "")
    assert read_pack(pack.folder).read_card() == "# New\n"
    assert new.digest != pack.digest
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_place_that_cannot_be_written_is_a_pack_error(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PackError, match="pack_unwritable"):
        write_pack(tmp_path / "file", pack.manifest, pack.read_graph(), "# Card\n", "")


def test_a_file_in_the_place_of_the_folder_is_not_replaced(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "toy").write_text("mine")
    with pytest.raises(PackError, match="pack_unwritable"):
        write_pack(tmp_path / "new", pack.manifest, pack.read_graph(), "# Card\n", "")
    assert (tmp_path / "new" / "toy").read_text() == "mine"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["toy"]


def test_a_move_that_fails_puts_the_old_pack_back(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move = Path.rename

    def fail_for_the_new_one(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".toy.") and self.name == "toy":
            raise OSError("the disk went away")
        return move(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)  # a disk that fails between two moves
    with pytest.raises(PackError, match="pack_unwritable"):
        write_pack(tmp_path, pack.manifest, pack.read_graph(), "# New\n", "")
    assert read_pack(pack.folder).read_card() == "# Card\n"
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_card_that_is_no_text_is_refused(pack: Pack) -> None:
    card = b"\xff\xfe"
    (pack.folder / CARD_FILE).write_bytes(card)
    path = pack.folder / MANIFEST_FILE
    document = json.loads(path.read_bytes())
    document["card"]["sha256"] = hashlib.sha256(card).hexdigest()
    path.write_text(json.dumps(document), encoding="utf-8")
    assert code_of(pack.folder) == "pack_card_unreadable"


def test_the_library_lists_and_gives_packs_by_id(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / ".toy.scratch").mkdir()
    (tmp_path / "notes").mkdir()
    library = PackLibrary([tmp_path / "absent", tmp_path])
    assert library.ids() == ("toy",)
    assert "toy" in library
    assert library.get("toy").digest == pack.digest
    assert library.get("toy") is library.get("toy")
    assert [each.manifest.id for each in library.all()] == ["toy"]


@pytest.mark.parametrize("pack_id", ["other", "../toy", "", ".", "toy/", "toy\0", "x" * 5000])
def test_an_unknown_id_is_refused_and_never_a_path(pack: Pack, tmp_path: Path, pack_id: str) -> None:
    with pytest.raises(PackError, match="pack_unknown"):
        PackLibrary([tmp_path / "toy", tmp_path]).get(pack_id)


def test_a_damaged_pack_is_named_with_its_reason_and_stops_no_other(make_pack: MakePack, tmp_path: Path) -> None:
    make_pack(folder=tmp_path)
    make_pack({"id": "other"}, folder=tmp_path)
    (tmp_path / "toy" / CASES_FILE).unlink()
    library = PackLibrary([tmp_path])
    assert [each.manifest.id for each in library.all()] == ["other"]
    assert {pack_id: error.code for pack_id, error in library.damaged().items()} == {"toy": "pack_file_missing"}
    assert library.ids() == ("other", "toy")


def test_a_pack_that_is_not_the_one_in_the_list_is_refused(make_pack: MakePack, tmp_path: Path) -> None:
    digest = make_pack(folder=tmp_path).digest
    assert read_digests(tmp_path) == {}
    (tmp_path / DIGESTS_FILE).write_text(digests_text({"toy": digest}), encoding="utf-8")
    assert PackLibrary([tmp_path], digests=read_digests(tmp_path)).get("toy").trusted
    make_pack({"rank": 7}, folder=tmp_path)  # swapped for another, whole in itself
    for text in (digests_text({"toy": digest}), "[]", "no list", "{}"):
        (tmp_path / DIGESTS_FILE).write_text(text, encoding="utf-8")
        with pytest.raises(PackError, match="pack_not_as_shipped"):
            PackLibrary([tmp_path], digests=read_digests(tmp_path)).get("toy")


def test_what_is_read_from_a_folder_is_trusted_by_nobody(pack: Pack) -> None:
    assert not read_pack(pack.folder).trusted


def test_the_first_folder_wins(make_pack: MakePack, tmp_path: Path) -> None:
    first = make_pack({"version": "2.0.0"}, folder=tmp_path / "a")
    make_pack(folder=tmp_path / "b")
    assert PackLibrary([tmp_path / "a", tmp_path / "b"]).get("toy").ref == first.ref


def test_reference_cases_are_read_as_people_and_expectations(make_pack: MakePack) -> None:
    table = (
        "sex,age,smoker,cvd_history,expected_risk_10y,expected_band,tolerance,source\n"
        'M,50,current,false,0.1,low,1e-9,"paper, table 2"\n'
        "F,,,true,,high,0.01,second\n"
    )
    cases = read_cases(make_pack(cases=table), load_dictionary())
    assert cases.people.rows == 2
    np.testing.assert_array_equal(cases.people.columns["sex"], [1, 0])
    np.testing.assert_array_equal(cases.people.columns["age"], [50, np.nan])
    np.testing.assert_array_equal(cases.people.columns["cvd_history"], [0, 1])
    np.testing.assert_array_equal(cases.numbers["risk_10y"], [0.1, np.nan])
    assert cases.bands == ("low", "high")
    np.testing.assert_array_equal(cases.tolerance, [1e-9, 0.01])
    assert cases.sources == ("paper, table 2", "second")


@pytest.mark.parametrize(
    "table",
    [
        "",
        "age\n50\n",  # no tolerance and source
        "age,shoe_size,tolerance,source\n50,40,1,x\n",
        "age,expected_other,tolerance,source\n50,1,1,x\n",
        "age,tolerance,source\nfifty,1,x\n",
        "age,tolerance,source\n50,1\n",
        "age,age,tolerance,source\n50,50,1,x\n",
        'age,tolerance,source\n50,1,"x\n',
        "age,expected_risk_10y,tolerance,source\n50,much,1,x\n",
    ],
)
def test_reference_cases_that_are_no_such_table_are_refused(make_pack: MakePack, table: str) -> None:
    with pytest.raises(PackError, match="pack_cases_unreadable"):
        read_cases(make_pack(cases=table), load_dictionary())


def external_tensor() -> onnx.TensorProto:
    """A tensor whose numbers lie in another file."""
    tensor = numpy_helper.from_array(np.zeros(4), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def model_with(place: str) -> onnx.ModelProto:
    """A model that hides an external tensor in one of the places a tensor can be."""
    tensor = external_tensor()
    ends = [helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["rows"])]
    node = helper.make_node("Constant", [], ["c"], value=tensor)
    inner = helper.make_graph([node], "inner", [], [helper.make_tensor_value_info("c", TensorProto.DOUBLE, [4])])
    nodes, constants = [helper.make_node("Identity", ["x"], ["y"])], []
    functions = []
    if place == "initializer":
        constants = [tensor]
    elif place == "attribute":
        nodes.append(node)
    elif place == "subgraph":
        nodes.append(helper.make_node("If", ["x"], ["z"], then_branch=inner, else_branch=inner))
    elif place == "function":
        functions = [helper.make_function("own", "F", [], ["c"], [node], [helper.make_opsetid("", 21)])]
    graph = helper.make_graph(nodes, "g", ends, ends, constants)
    if place == "sparse":
        sparse = graph.sparse_initializer.add()
        sparse.values.CopyFrom(tensor)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], functions=functions)


@pytest.mark.parametrize("place", ["initializer", "attribute", "subgraph", "function", "sparse"])
def test_data_outside_the_file_is_found_wherever_it_hides(place: str) -> None:
    with pytest.raises(PackError, match="pack_graph_foreign"):
        check_graph(model_with(place).SerializeToString(), "toy", 21)


def test_a_plain_graph_of_the_stated_opset_passes() -> None:
    check_graph(model_with("nowhere").SerializeToString(), "toy", 21)
    with pytest.raises(PackError, match="pack_graph_opset"):
        check_graph(model_with("nowhere").SerializeToString(), "toy", 20)


def test_operators_of_other_makers_are_refused() -> None:
    model = model_with("nowhere")
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(PackError, match="pack_graph_foreign"):
        check_graph(model.SerializeToString(), "toy", 21)


def test_a_graph_cut_anywhere_is_refused_or_lacks_its_opset() -> None:
    data = model_with("attribute").SerializeToString()
    for length in range(len(data)):
        with pytest.raises(PackError):
            check_graph(data[:length], "toy", 22)


def test_a_graph_nested_without_end_is_refused() -> None:
    body = b""
    for _ in range(3000):  # graph in attribute in node in graph, ...
        for tag in (0x32, 0x2A, 0x0A):
            body = bytes([tag]) + _length(len(body)) + body
    with pytest.raises(PackError, match="pack_graph_unreadable"):
        check_graph(b"\x3a" + _length(len(body)) + body, "toy", 21)


def _length(number: int) -> bytes:
    encoded = b""
    while number > 0x7F:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def test_licence_texts_lie_in_the_folder_and_are_named_by_digest(pack: Pack, tmp_path: Path) -> None:
    texts = {"LICENCE.txt": "Free.\n", "NOTICE.txt": "Keep this.\n"}
    graph, cases = pack.read_graph(), pack.read_case_table().decode()
    made = write_pack(tmp_path / "owned", pack.manifest, graph, "# Card\n", cases, texts)
    assert [made.read_licence_text(name) for name in texts] == list(texts.values())
    with pytest.raises(KeyError):
        made.read_licence_text("CARD.md")
    (made.folder / "NOTICE.txt").write_text("Forget this.\n", encoding="utf-8")
    assert code_of(made.folder) == "pack_altered"
    (made.folder / "NOTICE.txt").unlink()
    assert code_of(made.folder) == "pack_file_missing"


def test_a_licence_text_that_nobody_named_or_that_is_no_text_is_refused(pack: Pack, tmp_path: Path) -> None:
    (pack.folder / "NOTICE.txt").write_text("Words.\n", encoding="utf-8")
    assert code_of(pack.folder) == "pack_file_unexpected"
    (pack.folder / "NOTICE.txt").write_bytes(b"\xff\xfe\x00")
    document = json.loads((pack.folder / MANIFEST_FILE).read_bytes())
    digest = hashlib.sha256(b"\xff\xfe\x00").hexdigest()
    document["licence"]["files"] = [{"file": "NOTICE.txt", "sha256": digest}]
    (pack.folder / MANIFEST_FILE).write_text(json.dumps(document), encoding="utf-8")
    assert code_of(pack.folder) == "pack_card_unreadable"
    document["licence"]["files"] = [{"file": "../NOTICE.txt", "sha256": digest}]
    (pack.folder / MANIFEST_FILE).write_text(json.dumps(document), encoding="utf-8")
    assert code_of(pack.folder) == "pack_manifest_contradiction"
