"""Measurements, as ratios beside a baseline in the same run. `script/bench` runs them; nothing here is part of the product."""
