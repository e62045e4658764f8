"""How the outside fails: each case on a real socket, each told apart."""

import traceback
from pathlib import Path

import pytest

from seatrial.domain.trial import Candidate
from seatrial.engines.control import Control
from seatrial.engines.factory import open_engine
from seatrial.errors import OutsideError, Unauthorized, Unreachable, UsageError
from seatrial.testing.actions import Close, Hang
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import error_json, script_json
from seatrial.testing.tls import tls_context
from tests.engines.harness import candidate, free_port, models, serving, usage

KEY = "sk-planted-4711"


def failure(endpoint: str, **fields: str) -> Unreachable:
    with pytest.raises(Unreachable) as error:
        open_engine(Candidate("c", "m", endpoint=endpoint, **fields))  # type: ignore[arg-type]
    return error.value


def test_unknown_host() -> None:
    problem = failure("http://no-such-host.invalid:8000")
    assert problem.message == "unknown host no-such-host.invalid"


def test_refused() -> None:
    port = free_port()
    assert failure(f"127.0.0.1:{port}").message == f"127.0.0.1:{port} refuses connections"


def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    context, _ = tls_context(tmp_path)
    with ScriptedServer(script_json(200, {}), tls=context) as server:
        problem = failure(server.url)
    assert problem.message.startswith(f"TLS with {server.url.removeprefix('https://')} failed")
    assert "ca_file" in problem.hint


def test_tls_with_its_own_ca_or_unchecked(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer(script_json(200, models("m")), tls=context) as server:
        for trusting in (candidate(server, ca_file=ca_file), candidate(server, insecure=True)):
            engine = open_engine(trusting)
            assert engine.target().model == "m"
            engine.close()


def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="CA file"):
        open_engine(Candidate("c", None, endpoint="https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem")))


def test_https_to_a_plain_server() -> None:
    with serving({"/v1/models": models("m")}) as server:
        problem = failure(server.url.replace("http:", "https:"))
    assert "TLS with" in problem.message
    assert "write http://" in problem.hint


def test_no_http_at_all() -> None:
    with ScriptedServer([Close()]) as server:
        problem = failure(server.url)
    assert "broke off without an HTTP answer" in problem.message
    assert "write https://" in problem.hint


def test_no_answer_in_time() -> None:
    with ScriptedServer([Hang()]) as server:
        control = Control(candidate(server))
        with pytest.raises(Unreachable, match="did not answer in time"):
            control.ask("/v1/models", wait_s=0.1)
        control.close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_is_wanted(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(error_json(status, "no")) as server:
        with pytest.raises(Unauthorized, match=f"wants a key .HTTP {status}.") as error:
            open_engine(candidate(server))
        assert "--api-key-env" in error.value.hint
        monkeypatch.setenv("MY_KEY", KEY)
        with pytest.raises(Unauthorized) as error:
            open_engine(candidate(server, api_key_env="MY_KEY"))
        assert "MY_KEY" in error.value.hint


def test_the_key_goes_into_the_header_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", f"  {KEY}\n")
    with serving(
        {"/v1/models": models("m"), "/v1/chat/completions": lambda _: error_json(500, "broken")}
    ) as server:
        engine = open_engine(candidate(server, api_key_env="MY_KEY", headers=(("X-Team", "blue"),)))
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}
        assert server.requests[0].headers["x-team"] == "blue"
        assert dict(engine.target().headers)["Authorization"] == f"Bearer {KEY}"
        with pytest.raises(OutsideError) as error:
            engine.count_tokens((("user", "hello"),))
        engine.close()
    shown = "".join(traceback.format_exception(error.value)) + repr(engine.target()) + repr(engine)
    assert KEY not in shown + "".join(capfd.readouterr())


def test_openai_api_key_is_not_taken_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving({"/v1/models": models("m")}) as server:
        open_engine(candidate(server)).close()
        assert all("authorization" not in request.headers for request in server.requests)


@pytest.mark.parametrize("value", ["", "two\nlines", "caf\u00e9"])
def test_a_key_that_is_missing_or_no_header(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(UsageError, match="MY_KEY") as error:
        open_engine(Candidate("c", "m", endpoint="http://127.0.0.1:1", api_key_env="MY_KEY"))
    assert not value or value not in error.value.message


def test_a_refusal_is_told_in_the_servers_words() -> None:
    refusal = error_json(400, "context is 8 tokens")
    with serving({"/v1/models": models("m"), "/v1/chat/completions": lambda _: refusal}) as server:
        engine = open_engine(candidate(server))
        with pytest.raises(OutsideError, match=r"with 400: .*context is 8 tokens"):
            engine.count_tokens((("user", "hello"),))
        engine.close()


def test_no_connection_is_kept() -> None:
    with serving({"/v1/models": models("m"), "/v1/chat/completions": usage(lambda _: 5)}) as server:
        engine = open_engine(candidate(server))
        engine.count_tokens((("user", "hello"),))
        engine.close()
        assert server.connections == len(server.requests)
