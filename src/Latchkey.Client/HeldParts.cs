using Latchkey.Crypto;
using Latchkey.Splitting;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>Parts of one key as a request carries them. They live as long as the certificate they go with, and are zeroed after it.</summary>
internal sealed class HeldParts
{
    private readonly SecretBytes _encoded;

    private HeldParts(SecretBytes encoded) => _encoded = encoded;

    ~HeldParts() => _encoded.Dispose();

    /// <summary>The value of the item: each part with a length of 2 bytes before it. Lent.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded.Span;

    public static HeldParts Of(IReadOnlyCollection<KeyPart> parts)
    {
        var fields = new FieldWriter(4096);
        try
        {
            foreach (var part in parts)
            {
                using var encoded = part.Encode();
                fields.Vector16(encoded.Span);
            }
            return new HeldParts(SecretBytes.CopyOf(fields.Written));
        }
        finally
        {
            fields.Dispose();
        }
    }
}
