"""What the article on the Python package shows; Tests/DocumentationTests compares the texts."""
import concurrent.futures
import pathlib

import numpy as np

import repvgg

TINY = pathlib.Path(__file__).parents[2] / "Tests" / "Fixtures" / "tiny"


def top_classes(checkpoint, images):
    """The class of every image; images are [batch, 3, height, width], normalised."""
    model = repvgg.load(checkpoint, threads=2)
    logits = model(images)
    return logits.argmax(axis=1)


def pyramid(checkpoint, images):
    """The outputs of the last four stages, at strides 4, 8, 16 and 32."""
    features = repvgg.load(checkpoint).features(images)
    return [features[f"stage{index}"] for index in range(1, 5)]


def in_parallel(checkpoint, batches):
    """Logits of many batches, two at a time."""
    model = repvgg.load(checkpoint)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(model, batches))


def test_the_articles_examples():
    images = np.load(TINY / "input.npy")
    expected = np.load(TINY / "logits_train.npy")
    assert top_classes(TINY / "train.pth", images).tolist() == expected.argmax(axis=1).tolist()
    for index, feature in enumerate(pyramid(TINY / "train.pth", images), start=1):
        assert feature.shape == np.load(TINY / f"stage{index}_train.npy").shape
    results = in_parallel(TINY / "train.pth", [images[:1], images[1:]] * 4)
    for index, logits in enumerate(results):
        row = expected[index % 2:index % 2 + 1]
        assert np.linalg.norm(logits - row) <= 1e-5 * np.linalg.norm(row)
