"""What was left out when the data were read, and why."""

import streamlit as st

from app.components.words import plain
from core.cohort import Cohort

#: Reasons that are counted out; the table has all.
REASONS = 8


def show(cohort: Cohort, name: str) -> None:
    """How many for which reason, each of them in a table, and that table as a file."""
    skipped = cohort.skipped
    with st.container(border=True, key="card-left-out"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Left out", anchor=False)
            if len(skipped):
                st.download_button(
                    "Download the list",
                    data=lambda: skipped[["path", "why"]].to_csv(index=False).encode(),
                    file_name=f"phenolens-{name}-left-out.csv",
                    mime="text/csv",
                    icon=":material/download:",
                    on_click="ignore",
                    key="left-out-csv",
                )
        if not len(skipped):
            st.caption("Nothing: every picture that is there can be used, as far as its first bytes tell.")
            return
        counted = skipped["why"].value_counts()
        lines = [f"- **{count:,}** {plain(str(why))}" for why, count in counted.head(REASONS).items()]
        if len(counted) > REASONS:
            lines.append(
                f"- **{int(counted.iloc[REASONS:].sum()):,}** for {len(counted) - REASONS:,} other reasons"
            )
        st.markdown("\n".join(lines))
        with st.expander(f"Each of the {len(skipped):,}", key="left-out-all"):
            st.dataframe(
                skipped[["path", "why"]],
                hide_index=True,
                column_config={"path": "File", "why": "Reason"},
                height=min(38 + 35 * len(skipped), 320),
            )
