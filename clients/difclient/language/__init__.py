"""The languages that people are spoken to in, by the review page, notifications and the tray.

`catalogue` says which language words are in, and `numbers` how it writes numbers; `phrases` says
again what the daemon says in English, from the list in `daemon_words`. The translations are in
`difclient/locale`. What is said on a command line and in JSON is English, whatever the language.
"""
