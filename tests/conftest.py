"""What all tests share: the catalogue of shipped schemes."""

import pytest

from calc import Catalog, load_catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()
