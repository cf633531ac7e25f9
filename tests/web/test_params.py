"""Query strings are read strictly: no guess, no typo that answers for the whole country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from geo.errors import InvalidParameter
from geo.model import AreaType, Basis, Grouping, View, where
from geo.web.params import PARAMETERS, VIEW_PARAMETERS, parameters_of, read_query, view_of

ACCEPTED = (*VIEW_PARAMETERS, "by", "lang", "limit", "before")


def refusal(*pairs: tuple[str, str]) -> InvalidParameter:
    with pytest.raises(InvalidParameter) as caught:
        read_query(MultiDict(list(pairs)), ACCEPTED)
    return caught.value


def test_absent_parameters_choose_the_current_release_and_every_school():
    assert view_of(read_query(MultiDict(), ACCEPTED)) == View()


def test_all_parameters_of_a_view_are_read():
    arguments = MultiDict([("release", "14"), ("norm", "giga-20"), ("basis", "measured"), ("admin1", "KZ10,KZ11"), ("area_type", "rural")])

    view = view_of(read_query(arguments, ACCEPTED))

    assert view == View(14, "giga-20", Basis.MEASURED, where(admin1=("KZ10", "KZ11"), area_type=(AreaType.RURAL,)))


def test_groupings_keep_their_order():
    assert read_query(MultiDict({"by": "area_type,admin1"}), ACCEPTED) == {"by": (Grouping.AREA_TYPE, Grouping.ADMIN1)}


def test_word_that_holds_a_comma_is_one_value():
    arguments = MultiDict({"education_level": "Primary,Pre-Primary, Primary and Secondary,none"})

    assert read_query(arguments, ACCEPTED)["education_level"] == ("Primary", "Pre-Primary, Primary and Secondary", "none")


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [("area_typ", "area_type"), ("admin", "admin1"), ("normm", "norm"), ("zzzzqqq", None)],
)
def test_typo_is_refused_with_the_nearest_name(typo, nearest):
    error = refusal((typo, "rural"))

    assert error.specific_code == "unknown_parameter"
    assert error.nearest == nearest


def test_repeated_parameter_is_refused_even_with_equal_values():
    error = refusal(("limit", "10"), ("limit", "10"))

    assert error.specific_code == "repeated_parameter"
    assert error.parameter == "limit"


@pytest.mark.parametrize("text", ["-1", "0", "abc", "１０", "1e1", "1_0", " 1", "1.0", "+1", "", "9" * 19])
def test_limit_that_is_no_plain_whole_number_is_refused(text):
    assert refusal(("limit", text)).specific_code == "invalid_limit"


def test_limit_above_the_maximum_counts_as_the_maximum():
    assert read_query(MultiDict({"limit": "100000"}), ACCEPTED) == {"limit": 1000}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("release", "9223372036854775808"),
        ("release", "current"),
        ("before", "-5"),
        ("basis", "BEST"),
        ("area_type", "semi-urban"),
        ("area_type", "rural,"),
        ("area_type", ",rural"),
        ("by", "admin1,admin1"),
        ("by", "admin1,admin2,area_type,education_level"),
        ("by", "admin3"),
        ("lang", "de"),
        ("status", "connected"),
        ("admin1", "KZ10\0"),
        ("admin1", "KZ10\n"),
        ("admin1", "KZ10,,KZ11"),
        ("admin1", "x" * 10_000),
        ("admin1", ",".join(["KZ10"] * 201)),
        ("norm", "nan"),
        ("norm", "-20"),
        ("norm", "1e400"),
        ("norm", "20" * 50),
    ],
)
def test_value_that_is_not_documented_is_refused_by_name(name, text):
    error = refusal((name, text))

    assert error.specific_code == f"invalid_{name}"
    assert error.parameter == name
    assert len(str(error)) < 1_000


def test_blank_value_is_refused_unless_a_form_sent_it():
    assert refusal(("admin1", "")).specific_code == "invalid_admin1"
    assert read_query(MultiDict({"admin1": "", "norm": ""}), ACCEPTED, blank_is_absent=True) == {}


@given(st.sampled_from(sorted(PARAMETERS)), st.text(max_size=80))
def test_any_text_is_either_read_or_refused(name, text):
    try:
        found = set(read_query(MultiDict([(name, text)]), tuple(PARAMETERS)))
    except InvalidParameter as error:
        found = {error.parameter}

    assert found == {name}


VIEWS = st.builds(
    View,
    st.none() | st.integers(1, 2**31 - 1),
    st.none() | st.sampled_from(["kz-2023", "giga-5", "20"]),
    st.sampled_from(Basis),
    st.builds(
        where,
        admin1=st.lists(st.sampled_from(["KZ10", "KZ11", "none"]), max_size=2).map(tuple),
        area_type=st.lists(st.sampled_from(AreaType), max_size=2).map(tuple),
        education_level=st.lists(st.sampled_from(["Primary", "Pre-Primary, Primary and Secondary"]), max_size=2).map(tuple),
    ),
)


@given(VIEWS)
def test_parameters_of_a_view_read_back_as_the_view(view):
    assert view_of(read_query(MultiDict(parameters_of(view)), ACCEPTED)) == view


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda parameter: parameter.name)
def test_parameter_is_documented_as_openapi_takes_it(parameter):
    document = parameter.as_openapi()

    assert document["in"] == "query"
    assert document["description"].endswith(".")
    assert "type" in document["schema"]
