"""The parameters of a face: what the renderer draws, what a photograph's warp moves, and what an HPO term changes.

Every field of ``FaceShape`` is in standard deviations of the unaffected population of the person's age and sex: 0 is
average, ±1 ordinary, beyond ±2 what a dysmorphologist would note (the HPO defines its measurable terms as more than two
standard deviations from the mean). Fields of ``FaceSigns`` are 0 (absent) to 1 (full), and have no "less than absent".
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class FaceShape:
    """Signed measures, in standard deviations; the sign's meaning stands beside each."""

    # head and outline
    head_size: float = 0.0  # the cranium against the face: + macrocephaly, − microcephaly
    forehead_height: float = 0.0  # + tall forehead
    forehead_width: float = 0.0  # + broad, − narrow (bitemporal)
    forehead_bossing: float = 0.0  # + prominent, bulging forehead; − sloping
    brow_ridge: float = 0.0  # + prominent supraorbital ridge, − flat
    face_length: float = 0.0  # + long
    face_width: float = 0.0  # + wide, − narrow
    face_taper: float = 0.0  # + triangular: wide above, narrow below; − square
    cheek_fullness: float = 0.0  # + full, round cheeks; − gaunt
    malar: float = 0.0  # + prominent, − flat (hypoplastic) cheekbones
    midface: float = 0.0  # + prominent, − retruded
    jaw_width: float = 0.0  # + broad jaw
    chin_length: float = 0.0  # + long and prominent, − micro- or retrognathia
    chin_width: float = 0.0  # + broad, − pointed
    asymmetry: float = 0.0  # + left (picture) side smaller, − right side smaller
    # eyes
    eye_spacing: float = 0.0  # pupils: + hypertelorism, − hypotelorism
    inner_canthi: float = 0.0  # + telecanthus, at the same pupils
    eye_slant: float = 0.0  # + upslanted, − downslanted palpebral fissures
    fissure_length: float = 0.0  # + long, − short palpebral fissures
    fissure_height: float = 0.0  # + wide open, − narrowed
    eye_depth: float = 0.0  # + deeply set, − proptosis (prominent)
    # brows
    brow_height: float = 0.0  # + high above the eye
    brow_arch: float = 0.0  # + highly arched, − straight (horizontal)
    brow_thickness: float = 0.0  # + thick, − thin or sparse
    # nose
    nose_length: float = 0.0  # + long, − short
    nose_width: float = 0.0  # at the alae: + wide, − narrow or hypoplastic alae
    bridge_width: float = 0.0  # + wide, − narrow nasal bridge
    bridge_height: float = 0.0  # + prominent, − depressed nasal bridge
    ridge_convexity: float = 0.0  # + convex (beaked), − concave ridge
    tip_width: float = 0.0  # + bulbous or broad, − pinched tip
    tip_rotation: float = 0.0  # + upturned (anteverted nares), − drooping tip or low columella
    # mouth
    philtrum_length: float = 0.0  # + long, − short
    mouth_width: float = 0.0  # + wide, − narrow
    mouth_corners: float = 0.0  # + upturned, − downturned
    upper_lip: float = 0.0  # vermilion: + thick, − thin
    lower_lip: float = 0.0  # vermilion: + full or everted, − thin
    # ears
    ear_size: float = 0.0  # + large, − small (microtia towards −4)
    ear_height: float = 0.0  # + high, − low-set
    ear_protrusion: float = 0.0  # + protruding, − flat to the head
    ear_rotation: float = 0.0  # + posteriorly rotated
    # neck and hairline
    neck_length: float = 0.0  # + long, − short
    neck_width: float = 0.0  # + broad
    hairline: float = 0.0  # anterior: + high, − low


@dataclass(frozen=True, slots=True)
class FaceSigns:
    """Signs that are there or not, 0 to 1."""

    # lids and eyes
    epicanthus: float = 0.0
    ptosis: float = 0.0
    lower_lid_coloboma: float = 0.0
    ectropion: float = 0.0  # the lower lid turned out, sclera below the iris
    strabismus: float = 0.0
    blue_irides: float = 0.0
    stellate_iris: float = 0.0
    blue_sclerae: float = 0.0
    long_lashes: float = 0.0
    absent_lashes: float = 0.0
    periorbital_fullness: float = 0.0
    infraorbital_crease: float = 0.0  # shadows and folds below the eyes
    # brows and hair
    synophrys: float = 0.0
    absent_brows: float = 0.0
    alopecia: float = 0.0
    sparse_hair: float = 0.0
    fair_hair: float = 0.0
    curly_hair: float = 0.0
    hirsutism: float = 0.0  # fine dark hair on the forehead, temples and cheeks
    low_posterior_hairline: float = 0.0  # hair seen low beside the neck
    widows_peak: float = 0.0
    # nose and mouth
    smooth_philtrum: float = 0.0
    deep_philtrum: float = 0.0
    open_mouth: float = 0.0
    tongue_protrusion: float = 0.0
    spaced_teeth: float = 0.0  # seen when the lips part
    tented_lip: float = 0.0  # the upper lip an inverted V
    cleft_lip: float = 0.0
    # ears and neck
    dysplastic_ears: float = 0.0  # crumpled, simple or overfolded helix
    webbed_neck: float = 0.0
    # skin
    wrinkles: float = 0.0  # also: prematurely aged
    thin_skin: float = 0.0  # scalp and forehead veins show
    pale_skin: float = 0.0
    flushed_cheeks: float = 0.0
    nevi: float = 0.0  # many dark moles
    nasolabial_folds: float = 0.0
    coarse: float = 0.0  # thickened skin and soft features


SHAPE_FIELDS: tuple[str, ...] = tuple(f.name for f in fields(FaceShape))
SIGN_FIELDS: tuple[str, ...] = tuple(f.name for f in fields(FaceSigns))

#: Regions of a face for which a truth mask can be drawn.
REGIONS: tuple[str, ...] = (
    "head",  # the whole outline
    "forehead",
    "eyes",  # both orbits with lids and canthi
    "brows",
    "glabella",  # between the brows, and the root of the nose
    "nose_bridge",
    "nose_tip",  # tip, alae and nostrils
    "cheeks",  # malar and midface
    "philtrum",
    "mouth",
    "jaw",
    "chin",
    "ears",
    "hair",
    "neck",
    "skin",  # all visible skin of the face
)
