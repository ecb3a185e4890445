"""Advisory feeds: from whatever form they come in to one normal form, into the store, and from there to matches."""
