"""One form a page. Forms only turn input into clean values."""
