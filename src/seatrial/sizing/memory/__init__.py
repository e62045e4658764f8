"""What a layout takes of a GPU, counted as its engine would, and the smallest change that makes it fit."""
