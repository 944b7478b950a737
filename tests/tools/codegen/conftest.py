"""The views of a spec that has everything a spec may have."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from ruamel.yaml import YAML

from codegen.generator_input import for_the_generator


@pytest.fixture(scope="session")
def document(repository_spec: dict[str, Any]) -> dict[str, Any]:
    """The project's spec with all that gadgets.yaml adds, in the form that the generator reads."""
    added = YAML(typ="safe", pure=True).load(Path(__file__).parents[1].joinpath("gadgets.yaml").read_text("utf-8"))
    spec = copy.deepcopy(repository_spec)
    spec["paths"] |= added["paths"]
    spec["components"]["schemas"] |= added["components"]["schemas"]
    made: dict[str, Any] = json.loads(json.dumps(for_the_generator(spec)))
    return made


@pytest.fixture(scope="session")
def parsed(document: dict[str, Any]) -> GeneratorData:
    """The same spec, as the generator has parsed it."""
    config = Config.from_sources(ConfigFile(), MetaType.NONE, Path("spec"), "utf-8", overwrite=False, output_path=None)
    data = GeneratorData.from_dict(document, config=config)
    assert isinstance(data, GeneratorData)
    return data


@pytest.fixture(scope="session")
def model_named(parsed: GeneratorData) -> Callable[[str], Any]:
    """Finds a model by the name of its class."""
    return lambda name: next(model for model in parsed.models if model.class_info.name == name)


@pytest.fixture(scope="session")
def endpoint_named(parsed: GeneratorData) -> Callable[[str], Any]:
    """Finds an operation by its id."""
    collections = parsed.endpoint_collections_by_tag.values()
    return lambda name: next(each for collection in collections for each in collection.endpoints if each.name == name)
