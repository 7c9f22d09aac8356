"""The patient's screen: pure pages and views, and a thin Qt edge that paints them."""
