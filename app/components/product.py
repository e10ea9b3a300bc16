"""What the product is for, how an answer comes about, and what it cannot do."""

import streamlit as st

PARTS = {
    "Intended use": """
For research, not for clinical diagnosis. PhenoLens is for studying what a model of faces, radiographs or brain slices has
learned and where it goes wrong. What each study is for stands on top of every page.

- It is not a medical device, and nothing it shows is a finding.
- A diagnosis rests on the history, the examination and genetic testing.
- Use pictures only with the consent of the person in them.
""",
    "How an answer comes about": """
1. A face is found by its eyes, nose and mouth, turned upright and brought to one size; several faces are all offered. A
   radiograph or a slice is looked at whole.
2. One pass through the model gives the probabilities, the heatmaps and the nearest known subjects.
3. Probabilities are calibrated, and thresholds locked, on pictures kept apart. That nothing distinctive is there, or that a
   picture is unlike all that the model knows, is said.
""",
    "Limits": """
- A resemblance is no diagnosis, and *nothing distinctive*, or a threshold that is not reached, excludes nothing.
- Only the study's own classes are known; a picture with something else may be likened to these.
- A model trained on phantoms has not been measured on patients; each card below says what its own was trained on.
- A heatmap shows where the model drew its score from, not what is wrong there.
""",
    "Privacy": """
- Pictures are decoded without their metadata and kept in this session's memory only: not on disk, in no log, in no address.
- *Clear this patient* takes everything of the patient away; closing the tab does too.
- Nothing leaves this server.
""",
}


def show() -> None:
    """Four short cards."""
    titles = list(PARTS)
    with st.container(key="board"):
        for start in range(0, len(titles), 2):
            for number, column in enumerate(st.columns(2)):
                with (
                    column,
                    st.container(border=True, height="stretch", key=f"card-product-{start + number}"),
                ):
                    st.subheader(titles[start + number], anchor=False)
                    st.markdown(PARTS[titles[start + number]])
