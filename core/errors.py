"""Everything that PhenoLens itself can refuse, as one tree.

PhenoLensError
├── PictureError            the bytes are not a picture we can use
│   ├── EmptyPictureError       no bytes, or no pixels
│   ├── NotAPictureError        no known picture format
│   ├── TruncatedPictureError   begins as a picture, ends too early or is damaged
│   ├── WrongExtensionError     the name says one format, the bytes another
│   ├── AnimatedPictureError    more than one frame
│   │   └── FrameChoiceError        more than one frame, of which one has to be chosen, or one that is not there
│   ├── CompressionError        compressed in a way that is not read here
│   ├── PictureTooLargeError    too many bytes or pixels
│   └── PictureTooSmallError    too few pixels to assess
├── AlignmentError          the subject was not found where it has to be
│   └── NoFaceError             no face in any of the four orientations
├── WeightsError            a backbone's weights
│   ├── MissingWeightsError     not in the cache, the folder or the network
│   └── DamagedWeightsError     there, but not what their digest or layout says
├── BundleError             a model folder that cannot be read, or does not match its card
├── DataError               a dataset or manifest that cannot be read as the study
│   └── PictureMissingError     a stored case whose picture is not to be had here
├── RecipeError             a recipe with a field that is not as it must be
├── RunError                a training run that cannot be begun, stopped or taken away
├── UnknownNameError        a study, model, backbone, head or recipe that is not registered
├── StoreError              what reviewers said cannot be read or kept
│   └── ReadOnlyError           nothing may be written here
└── BusyError               the engine's queue is full

Programming mistakes stay ``TypeError`` and ``ValueError``. Every message says what is wrong, what was got and what
to do; none holds a picture, a pixel, a patient's file name or metadata.
"""


class PhenoLensError(Exception):
    """The root: catch this to show a message instead of a traceback."""


class PictureError(PhenoLensError):
    """The bytes are not a picture that can be used."""


class EmptyPictureError(PictureError):
    """There are no bytes, or no pixels."""


class NotAPictureError(PictureError):
    """No picture format that is read here."""


class TruncatedPictureError(PictureError):
    """Begins as a picture, but ends too early or is damaged."""


class WrongExtensionError(PictureError):
    """The file's name says one format, its bytes another."""


class AnimatedPictureError(PictureError):
    """More than one frame."""


class FrameChoiceError(AnimatedPictureError):
    """More than one frame or slice, of which one has to be chosen; or the one chosen is not there."""


class CompressionError(PictureError):
    """Compressed in a way that is not read here."""


class PictureTooLargeError(PictureError):
    """More bytes or pixels than are read."""


class PictureTooSmallError(PictureError):
    """Fewer pixels than can be assessed."""


class AlignmentError(PhenoLensError):
    """The subject was not found where it has to be."""


class NoFaceError(AlignmentError):
    """No face in any of the four orientations."""


class WeightsError(PhenoLensError):
    """Something is the matter with a backbone's weights."""


class MissingWeightsError(WeightsError):
    """The weights are neither cached, nor in the weights folder, nor to be downloaded."""


class DamagedWeightsError(WeightsError):
    """The weights are there, but not what their digest or layout says."""


class BundleError(PhenoLensError):
    """A model folder that cannot be read or does not match its card."""


class DataError(PhenoLensError):
    """A dataset or manifest that cannot be read as the study."""


class PictureMissingError(DataError):
    """A stored case's picture is not to be had here: its dataset is elsewhere, or nobody may read it."""


class RecipeError(PhenoLensError):
    """A recipe with a field that is not as it must be."""


class RunError(PhenoLensError):
    """A training run that cannot be begun, stopped or taken away."""


class UnknownNameError(PhenoLensError):
    """A study, model, backbone, head or recipe that is not registered."""


class StoreError(PhenoLensError):
    """What reviewers said cannot be read or kept: the file is locked, damaged, or its disk full or read-only."""


class ReadOnlyError(StoreError):
    """Nothing may be written here, by choice of whoever runs the server."""


class BusyError(PhenoLensError):
    """The engine's queue is full."""
