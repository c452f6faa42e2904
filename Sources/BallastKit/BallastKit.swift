// The public part of BallastCore is the vocabulary of this library: JSON values, principals, statuses.
@_exported public import BallastCore
