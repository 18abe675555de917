import pytest

from mediation.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [User.objects.create(email=f"{name}@example.org") for name in ("a", "b", "c")]


def test_finds_what_in_finds_by_id_and_by_text(people):
    a, _b, c = people
    assert set(User.objects.filter(pk__among={a.pk, c.pk})) == {a, c}
    assert set(User.objects.filter(email__among=["a@example.org", "nobody's"])) == {a}
    assert not User.objects.filter(pk__among=[]).exists()
    assert set(User.objects.exclude(pk__among=[a.pk])) == set(people) - {a}


@pytest.mark.parametrize("text", ["'; --", '"}{,\\', "%s", "字"])
def test_a_value_is_never_part_of_the_query(people, text):
    odd = User.objects.create(email=text)
    assert list(User.objects.filter(email__among=[text, "other"])) == [odd]


def test_the_query_is_the_same_however_many_values(people):
    def asked(ids):
        return User.objects.filter(pk__among=ids).query.sql_with_params()[0]

    assert asked([people[0].pk]) == asked([one.pk for one in people])
