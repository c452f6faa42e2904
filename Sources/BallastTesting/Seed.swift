enum BallastTestingSeed {}
