using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.Splitting;

/// <summary>Parts and shares as PEM (RFC 7468), in memory that is zeroed: the base library's writer makes strings.</summary>
internal static class SplittingPem
{
    private const int LineLength = 64;

    /// <summary>ASCII with line ends; the caller owns it.</summary>
    public static SecretBytes Write(string label, ReadOnlySpan<byte> data)
    {
        using var base64 = new SecretBytes(Base64.GetMaxEncodedToUtf8Length(data.Length));
        Base64.EncodeToUtf8(data, base64.Span, out _, out var length);
        var begin = Encoding.ASCII.GetBytes($"-----BEGIN {label}-----\n");
        var end = Encoding.ASCII.GetBytes($"-----END {label}-----\n");
        var lines = (length + LineLength - 1) / LineLength;
        var pem = new SecretBytes(begin.Length + length + lines + end.Length);
        begin.CopyTo(pem.Span);
        var position = begin.Length;
        for (var i = 0; i < length; i += LineLength)
        {
            var line = base64.Span[i..Math.Min(length, i + LineLength)];
            line.CopyTo(pem.Span[position..]);
            position += line.Length;
            pem.Span[position++] = (byte)'\n';
        }
        end.CopyTo(pem.Span[position..]);
        return pem;
    }

    /// <summary>The data of the first block of that label; null: there is none. The caller owns it.</summary>
    public static SecretBytes? TryRead(string label, ReadOnlySpan<byte> file)
    {
        var wanted = Encoding.ASCII.GetBytes(label);
        while (PemEncoding.TryFindUtf8(file, out var fields))
        {
            if (file[fields.Label].SequenceEqual(wanted))
            {
                var data = new SecretBytes(fields.DecodedDataLength);
                Base64.DecodeFromUtf8(file[fields.Base64Data], data.Span, out _, out _);
                return data;
            }
            file = file[fields.Location.End..];
        }
        return null;
    }
}
