"""Training: the launch of a package's training planned without a GPU, and run where somebody asks for it.

``launch`` plans, ``gate`` says whether a package may be trained on yet, ``train`` runs the trainer and records it. A run goes
on after whatever ended it from the last weights that are whole (``weights``); what became of each attempt is in an append-only
journal (``attempts``).
"""
