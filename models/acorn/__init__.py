"""The recipe of the built-in model: corpus, tokenizer, training, export, evaluation. The program itself only reads acorn.gguf."""
