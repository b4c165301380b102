"""What operators of a deployment use, apart from the deployment itself. It runs on their machine and is not deployed.

- `doctor`: checks a deployment from end to end
- `cost`: estimates what reports cost

The command `octavo` shows the results of both.
"""
