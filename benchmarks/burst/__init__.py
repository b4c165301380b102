"""A burst of reports, simulated: does every report end, how long does the slowest take, and do small reports wait?

AWS limits how many functions run at the same time, and a burst needs more. What Lambda refuses, the workflow tries
again. Whether that ends well depends on the retry rules, on the shares of the capacity and on the limit of the account.
None of this can be seen on an emulator, so it is simulated:

    scenarios ──► clients ──► account: Lambda with its limits          clock: simulated time
                     └──► executions of the synthesized state machine ──► account

The simulation reads the states, their retry rules, timeouts and concurrency, and the reserved concurrency from the
synthesized template (`machine`, `template`), and the shares from `octavo.lifecycle.share`. A change of the workflow
therefore changes the result. What AWS and the functions do is a model, and `assumptions` lists all its numbers.

    make burst                  with limits of 10, 100 and 1,000
    make burst LIMIT=50 SEED=2
"""
