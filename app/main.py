"""The dashboard's front door: page config, navigation, the study and model in use, and the intended-use line."""

import streamlit as st

from app import resources, session
from app.components import chooser, frame, intended_use
from app.views import about, cohort, compare, confusion, diagnose, embedding, performance, train

st.set_page_config("PhenoLens", frame.MARK, layout="wide", initial_sidebar_state=250)
frame.show()
pages = {
    "diagnose": st.Page(diagnose.show, title="Diagnose", icon=":material/frame_person:", default=True),
    "performance": st.Page(
        performance.show, title="Performance", icon=":material/monitoring:", url_path="performance"
    ),
    "confusion": st.Page(confusion.show, title="Confusion", icon=":material/grid_on:", url_path="confusion"),
    "compare": st.Page(compare.show, title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    "map": st.Page(embedding.show, title="Map", icon=":material/scatter_plot:", url_path="map"),
    "cohort": st.Page(cohort.show, title="Cohort", icon=":material/groups:", url_path="cohort"),
    "train": st.Page(train.show, title="Train", icon=":material/model_training:", url_path="train"),
    "about": st.Page(about.show, title="About", icon=":material/info:", url_path="about"),
}
page = st.navigation(list(pages.values()))
session.know(pages)
session.use(chooser.show(resources.engine().models, resources.engine().device_name, key="model"))
intended_use.show(session.model())
session.turned_to(page.title)
page.run()
