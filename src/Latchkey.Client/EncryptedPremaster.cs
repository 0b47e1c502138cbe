using Latchkey.Wire.Operations;

namespace Latchkey.Client;

/// <summary>The encrypted premaster secret as a client sent it: of any length (RFC 5246 §7.4.7.1).</summary>
internal static class EncryptedPremaster
{
    /// <summary>
    /// What a key server is sent of it. Longer than any key's modulus it is bad padding, and cut to the longest that is sent it still is: the client sees what it
    /// sees of every bad padding (attack 7).
    /// </summary>
    public static ReadOnlyMemory<byte> AsCiphertext(this ReadOnlyMemory<byte> encrypted) =>
        encrypted.Length <= DeriveRsaMasterSecretItems.MaxEncryptedPremasterLength ? encrypted : encrypted[..DeriveRsaMasterSecretItems.MaxEncryptedPremasterLength];
}
