using Latchkey.Crypto;

namespace Latchkey.KeyStores;

/// <summary>A key that has been found, and what is to be known about where it is.</summary>
/// <param name="Key">Signs and decrypts, blocking its thread for as long as the device takes; belongs to the caller.</param>
/// <param name="Device">What does the work, as in <c>pkcs11 token "site"</c>: keys of one device share its places. null: this process, as with a file.</param>
/// <param name="Concurrency">Operations that the device does at once: sessions of a token, 1 for a TPM, requests under way to a service. Of no meaning without a device.</param>
public sealed record OpenedKey(PrivateKey Key, string? Device, int Concurrency)
{
    /// <summary>A key in this process's memory, at which its own processors work.</summary>
    public static OpenedKey InThisProcess(PrivateKey key) => new(key, Device: null, Concurrency: 1);
}
