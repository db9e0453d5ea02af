from dataclasses import fields

from tickroom.simulations.loadtest.recorder import Counters, Recorder


def test_every_counter_is_added() -> None:
    names = [field.name for field in fields(Counters) if field.name != "drop_reasons"]
    one = Counters(**dict.fromkeys(names, 1), drop_reasons={"too_slow": 1})
    whole = Counters()
    whole.add(one)
    whole.add(Counters(**dict.fromkeys(names, 2), drop_reasons={"too_slow": 1, "normal": 1}))
    assert [getattr(whole, name) for name in names] == [3] * len(names)
    assert whole.drop_reasons == {"too_slow": 2, "normal": 1}


def test_the_window_starts_from_nothing_but_whom_was_lost() -> None:
    recorder = Recorder()
    recorder.counters.frames = recorder.counters.dropped = 5
    recorder.ack_s.append(1.0)
    recorder.restart()
    assert (recorder.counters.frames, recorder.counters.dropped) == (0, 5)
    assert recorder.histograms()[0].total == 0
