using Latchkey.Crypto;

namespace Latchkey.KeyStores;

/// <summary>A key that has been found, and what is to be known about where it is.</summary>
/// <param name="Key">Signs and decrypts, blocking its thread for as long as the device takes; belongs to the caller.</param>
/// <param name="Device">What does the work, as in <c>pkcs11 token "site"</c>: keys of one device share its places.</param>
/// <param name="Concurrency">Operations that the device does at once: sessions of a token, 1 for a TPM, requests under way to a service.</param>
public sealed record OpenedKey(PrivateKey Key, string Device, int Concurrency);
