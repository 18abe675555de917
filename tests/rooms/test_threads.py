"""The thread that keeps its database connection: results, errors, and its end."""

import asyncio

import pytest
from django.db import OperationalError, connection

from mediation.rooms.live.threads import DatabaseThread

pytestmark = pytest.mark.usefixtures("socket_db")


def fail(error):
    raise error


async def test_work_is_done_in_order_and_each_result_goes_to_who_asked():
    thread = DatabaseThread("worker")
    begun = [thread.begin(str, number) for number in range(5)]
    assert await asyncio.gather(*begun) == ["0", "1", "2", "3", "4"]
    await thread.close()


async def test_an_error_is_raised_where_the_result_is_awaited_and_the_thread_goes_on():
    thread = DatabaseThread("worker")
    for error in (ValueError, OperationalError, SystemExit):
        with pytest.raises(error):
            await thread.run(fail, error("why"))
    assert await thread.run(lambda: 7) == 7
    await thread.close()


def held():
    connection.ensure_connection()
    return connection.connection


async def test_the_connection_stays_until_a_database_error():
    thread = DatabaseThread("worker")
    first = await thread.run(held)
    assert await thread.run(held) is first
    with pytest.raises(OperationalError):
        await thread.run(fail, OperationalError("away"))
    assert await thread.run(held) is not first
    await thread.close()


async def test_nobody_waits_for_what_is_no_longer_wanted():
    thread = DatabaseThread("worker")
    thread.begin(int, 1).cancel()
    assert await thread.run(int, 2) == 2
    await thread.close()


async def test_closing_ends_what_was_begun_and_refuses_what_comes_later():
    thread = DatabaseThread("worker")
    begun = thread.begin(int, 3)
    await thread.close()
    await thread.close()
    assert await begun == 3
    thread._thread.join(5)
    assert not thread._thread.is_alive()
    with pytest.raises(RuntimeError):
        await thread.run(int, 4)


async def test_one_that_had_nothing_to_do_closes_too():
    thread = DatabaseThread("worker")
    await thread.close()
    with pytest.raises(RuntimeError):
        thread.begin(int, 1)
