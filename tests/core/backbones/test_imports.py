"""Importing the registry is cheap, and building DeepFace's network is silent."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REGISTRY = """
import sys
import core.backbones.weights, core.heads
heavy = {"deepface", "facenet_pytorch", "torchvision", "tensorflow", "sklearn", "cv2"} & set(sys.modules)
assert not heavy, heavy
"""
ARCFACE = """
import sys
from core.backbones import backbone
assert backbone("arcface").untrained
heavy = {"tensorflow", "keras", "tf_keras"} & set(sys.modules)
assert not heavy, heavy
"""


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=home
    )


def test_the_registry_imports_no_third_party_network(tmp_path: Path) -> None:
    done = run(REGISTRY, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_deepfaces_network_comes_without_tensorflow_files_or_a_word(tmp_path: Path) -> None:
    done = run(ARCFACE, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / ".deepface").exists()
