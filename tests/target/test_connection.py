"""The sandbox's target hears nothing of the user's AWS configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import botocore.loaders
import botocore.session
import pytest

from mailfanout.errors import InputError
from mailfanout.target import Target, connect
from mailfanout.target.connection import in_sandbox
from mailfanout.target.models import share_models

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nobody_has_connected(mailfanout_session_target: Target) -> None:
    in_sandbox.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CA_BUNDLE", "nowhere.pem"),
        ("AWS_DATA_PATH", "nowhere"),
        ("AWS_DEFAULT_PROFILE", "work"),
        ("AWS_DEFAULTS_MODE", "nonsense"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_PROFILE", "work"),
        ("AWS_RETRY_MODE", "nonsense"),
        ("AWS_SESSION_TOKEN", "x"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
    ],
)
def test_a_variable_of_the_users_bends_nothing(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    assert connect("sandbox").caller().account_id == "123456789012"


def test_a_configuration_file_that_is_broken_is_not_read(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "config"
    broken.write_text("[default\nregion", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(broken))

    assert connect("sandbox").caller().account_id == "123456789012"


def test_while_a_sandbox_runs_its_target_is_the_same_one(mailfanout_target: Target) -> None:
    target = connect()

    assert connect() is target
    assert mailfanout_target.sandbox
    assert in_sandbox(replace(mailfanout_target.sandbox, pid=1)) is not target


def test_a_second_connection_reads_no_model_anew(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These tests share all models; a session makes its loader by this.
    monkeypatch.setattr(botocore.session, "create_loader", botocore.loaders.create_loader)

    one = connect()
    in_sandbox.cache_clear()
    other = connect()

    assert one is not other
    models = [target.client("sqs").meta.service_model for target in (one, other)]
    assert models[0].metadata is models[1].metadata


@pytest.mark.parametrize("type_name", ["service-2", "endpoint-rule-set-1", "waiters-2"])
def test_a_shared_loader_finds_what_botocores_own_does(type_name: str) -> None:
    loader, sharing = botocore.loaders.Loader(), botocore.loaders.Loader()
    share_models(sharing)

    services = sharing.list_available_services(type_name)

    assert services == loader.list_available_services(type_name)
    for service in ("lambda", "dynamodb"):  # botocore changes the paths of S3 when it calls them
        model = sharing.load_service_model(service, type_name)
        assert model == loader.load_service_model(service, type_name)


@pytest.mark.parametrize("suffix", ["json", "json.gz"])
def test_a_model_of_the_users_that_cannot_be_read_is_named(tmp_path: Path, suffix: str) -> None:
    broken = tmp_path / "sqs" / "2012-11-05" / f"service-2.{suffix}"
    broken.parent.mkdir(parents=True)
    broken.write_text("{", encoding="utf-8")
    loader = botocore.loaders.Loader([str(tmp_path)])
    share_models(loader)

    with pytest.raises(InputError, match="service-2.*cannot be read"):
        loader.load_service_model("sqs", "service-2")
