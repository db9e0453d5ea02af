"""Token buckets at their edge, and against a plain count over every span."""

from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.limits.bucket import NS, Bucket

MS = NS // 1000


@given(per_second=st.integers(1, 100), burst=st.integers(1, 50), start_ns=st.integers(0, 10**18))
def test_burst_is_let_through_one_more_is_not_and_it_recovers(per_second: int, burst: int, start_ns: int) -> None:
    bucket = Bucket(per_second, burst)
    assert [bucket.take(start_ns) for _ in range(burst)] == [0] * burst
    wait_ns = bucket.take(start_ns)
    assert 0 < wait_ns <= NS // per_second
    assert bucket.take(start_ns + wait_ns - 1) == 1
    assert bucket.take(start_ns + wait_ns) == 0
    assert bucket.take(start_ns + wait_ns) > 0


@given(
    per_second=st.integers(1, 50),
    burst=st.integers(1, 20),
    gaps_ms=st.lists(st.integers(0, 200), min_size=1, max_size=200),
)
def test_no_span_has_more_than_burst_and_rate(per_second: int, burst: int, gaps_ms: list[int]) -> None:
    bucket = Bucket(per_second, burst)
    now_ns, taken = 0, []
    for gap_ms in gaps_ms:
        now_ns += gap_ms * MS
        if not bucket.take(now_ns):
            taken.append(now_ns)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span_ns = taken[last] - taken[first]
            assert last - first + 1 <= burst + span_ns // (NS // per_second)


@given(per_second=st.integers(1, 50), burst=st.integers(1, 20), slower_ns=st.integers(0, NS))
def test_who_keeps_to_the_rate_is_never_refused(per_second: int, burst: int, slower_ns: int) -> None:
    bucket = Bucket(per_second, burst)
    each_ns = NS // per_second + slower_ns
    assert not any(bucket.take(turn * each_ns) for turn in range(200))
