"""The product's life, simulated from one seed: people, faults and years, held against a model of the promises."""
