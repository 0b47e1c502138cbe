namespace Latchkey.KeyStores;

/// <summary>A key could not be opened or used. The message names the key, without PIN or token, and what was expected.</summary>
public sealed class KeyStoreException(string message, Exception? innerException = null) : Exception(message, innerException);
