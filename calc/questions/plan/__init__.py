"""The best combination of supports, and its proof."""
