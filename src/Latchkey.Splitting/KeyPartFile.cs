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

    /// <summary>Reads a part from where it is kept: PEM in a file, what <see cref="KeyPart.Encode"/> wrote in a device. The caller owns it and zeroes the bytes.</summary>
    /// <exception cref="KeyPartException">There is none, or a damaged one.</exception>
    public static KeyPart ReadKept(ReadOnlySpan<byte> kept)
    {
        if (TryRead(kept) is { } inFile)
            return inFile;
        var part = KeyPart.TryDecode(kept) ?? throw new KeyPartException("there is no part of a key there (expected what latchkey split has written)");
        return Whole(part);
    }

    /// <summary>Reads a file; null: there is no part in it. The caller owns the part and zeroes the bytes.</summary>
    /// <exception cref="KeyPartException">What stands there is damaged.</exception>
    public static KeyPart? TryRead(ReadOnlySpan<byte> file)
    {
        using var encoded = SplittingPem.TryRead(Label, file);
        if (encoded is null)
            return null;
        var part = KeyPart.TryDecode(encoded.Span) ?? throw new KeyPartException("The part of a key is damaged: it cannot be read.");
        return Whole(part);
    }

    private static KeyPart Whole(KeyPart part)
    {
        if (part.IsWhole)
            return part;
        using (part)
            throw new KeyPartException($"{part} is not the one that was made when the key was split: it has been altered or damaged.");
    }
}
