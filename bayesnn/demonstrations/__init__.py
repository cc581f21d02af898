"""The textbook's demonstrations of feed-forward networks, small enough to run in a lesson.

Goodfellow, Bengio & Courville, Deep Learning (2016), chapters 5 and 6. Each takes its seed and gives a result that
`bayesnn.plot` draws.
"""

from bayesnn.demonstrations.capacity import capacity
from bayesnn.demonstrations.depth import DepthAgainstWidth, depth_against_width
from bayesnn.demonstrations.regions import LinearRegions, linear_regions
from bayesnn.demonstrations.robot_arm import robot_arm
from bayesnn.demonstrations.universal import Approximation, universal_approximation
from bayesnn.demonstrations.xor import Xor, xor

__all__ = [
    "Approximation",
    "DepthAgainstWidth",
    "LinearRegions",
    "Xor",
    "capacity",
    "depth_against_width",
    "linear_regions",
    "robot_arm",
    "universal_approximation",
    "xor",
]
