namespace Latchkey.Splitting;

/// <summary>Parts or shares that do not give the key. The message names the one to blame and what was expected, nothing secret.</summary>
public sealed class KeyPartException(string message, Exception? innerException = null) : Exception(message, innerException);
