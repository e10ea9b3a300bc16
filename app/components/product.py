"""What the product is for, how an answer comes about, and what it cannot do."""

import streamlit as st

PARTS = {
    "Intended use": """
For research, not for clinical diagnosis. PhenoLens is for studying what a face model has learned and where it goes wrong.

- It is not a medical device, and nothing it shows is a finding.
- A diagnosis rests on the history, the examination and genetic testing.
- Use pictures only with the consent of the person in them.
""",
    "How an answer comes about": """
1. The face is found by its eyes, nose and mouth, turned upright and brought to one size; several faces are all offered.
2. One pass through the model gives the probabilities, the heatmaps and the nearest known subjects.
3. Probabilities are calibrated on pictures kept apart. A face without distinctive features, or a picture unlike all that
   the model knows, is said to be so.
""",
    "Limits": """
- A resemblance is no diagnosis, and *nothing distinctive* excludes none.
- Only the study's conditions are known; a face with another one may be likened to these.
- The models that ship were trained on phantoms. How they do on patients has not been measured.
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
