using Latchkey.Crypto;

namespace Latchkey.Splitting;

/// <summary>A part as a file: PEM with the label <c>LATCHKEY KEY PART</c>.</summary>
public static class KeyPartFile
{
    /// <summary>Between <c>-----BEGIN</c> and the dashes.</summary>
    public const string Label = "LATCHKEY KEY PART";

    /// <summary>The file's bytes; the caller owns them.</summary>
    public static SecretBytes Write(KeyPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        using var encoded = part.Encode();
        return SplittingPem.Write(Label, encoded.Span);
    }

    /// <summary>Reads a file; null: there is no part in it. The caller owns the part and zeroes the bytes.</summary>
    /// <exception cref="KeyPartException">What stands there is damaged.</exception>
    public static KeyPart? TryRead(ReadOnlySpan<byte> file)
    {
        using var encoded = SplittingPem.TryRead(Label, file);
        if (encoded is null)
            return null;
        var part = KeyPart.TryDecode(encoded.Span) ?? throw new KeyPartException("The part of a key is damaged: it cannot be read.");
        if (part.IsWhole)
            return part;
        using (part)
            throw new KeyPartException($"{part} is not the one that was made when the key was split: it has been altered or damaged.");
    }
}
