"""The dashboard's front door: page config, navigation, the study and model in use, and the intended-use line."""

import streamlit as st

from app import resources, session
from app.components import chooser, frame, intended_use
from app.pages import about, diagnose

st.set_page_config("PhenoLens", frame.MARK, layout="wide", initial_sidebar_state=250)
frame.show()
page = st.navigation(
    [
        st.Page(diagnose.show, title="Diagnose", icon=":material/frame_person:", default=True),
        st.Page(about.show, title="About", icon=":material/info:", url_path="about"),
    ]
)
session.use(chooser.show(resources.engine().models, resources.engine().device_name, key="model"))
intended_use.show(session.model())
page.run()
