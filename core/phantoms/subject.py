"""Who a drawn face is, and how one photo of it was taken: everything from one integer seed, before a pixel is drawn."""

from dataclasses import dataclass

from core.phantoms.shape import FaceShape, FaceSigns


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a person looks like beside the measures of ``FaceShape``."""

    skin_tone: float  # 0 the lightest human skin, 1 the darkest
    undertone: float  # −1 cool and rosy, +1 warm and olive
    hair_colour: float  # 0 black, 0.5 brown, 0.8 blond, 1 red; grey comes with age
    hair_style: int  # 0 cropped, 1 short, 2 parted, 3 shoulder-length, 4 tied back, 5 curly, 6 thinning
    iris_colour: float  # 0 dark brown, 0.5 hazel or green, 1 blue
    beard: float  # 0 none, 1 full (adult men only)
    clothing: tuple[float, float, float]  # RGB, 0 to 1
    texture_seed: int  # skin's pores, freckles and mottling


@dataclass(frozen=True, slots=True)
class FaceSubject:
    """One person who never existed."""

    seed: int
    subject_id: str
    syndrome: str | None  # a class name of the study, or None: unaffected
    sex: str  # "female" or "male"
    age_years: float  # at the first photo
    ancestry: str  # "African", "East Asian", "European", "Latin American", "South Asian"
    terms: tuple[str, ...]  # HPO ids drawn for this person, sorted
    shape: FaceShape  # identity and terms together
    signs: FaceSigns
    appearance: Appearance


@dataclass(frozen=True, slots=True)
class FacePhoto:
    """How one photo of a subject was taken."""

    index: int  # 0 is the first photo of the subject
    age_years: float
    yaw_deg: float  # + the face turns to the picture's right
    pitch_deg: float  # + the chin up
    roll_deg: float  # + clockwise in the picture
    smile: float  # 0 neutral, 1 broad
    gaze: tuple[float, float]  # −1 to 1, right and down
    light_azimuth_deg: float  # 0 from the camera, + from the picture's right
    light_elevation_deg: float
    light_softness: float  # 0 a bare bulb, 1 overcast
    exposure: float  # multiplies linear light
    warmth: float  # −1 blue, +1 tungsten
    background: tuple[float, float, float]  # RGB, 0 to 1
    background_seed: int
    scale: float  # of the face in the frame: 1 = inter-eye distance of 0.2 of the frame's width
    shift: tuple[float, float]  # of the face in the frame, as a part of its size
    noise: float  # standard deviation of camera noise, in grey levels of 255
    blur_px: float  # Gaussian sigma at 256 px
    jpeg_quality: int
    noise_seed: int
