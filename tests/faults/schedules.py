def campaign(count: int, seed: int) -> int:
    return 0
