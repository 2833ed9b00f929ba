def backlog(arrivals, seconds, workers):
    needed = arrivals * seconds
    return ["stands", "grows", "shrinks"][(needed > workers) - (needed < workers)]
