using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Testing.Cloud;

/// <summary>AWS Signature Version 4 as its documentation describes it, from the receiver's side.</summary>
internal static class SignatureVersion4
{
    public static bool Verifies(HttpListenerRequest request, byte[] body, string accessKey, string secretKey, string region, string service)
    {
        if (request.Headers["Authorization"] is not { } authorization || !authorization.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
            return false;
        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var date = request.Headers["X-Amz-Date"]!;
        var scope = $"{date[..8]}/{region}/{service}/aws4_request";
        if (parts["Credential"] != $"{accessKey}/{scope}")
            return false;
        var signed = parts["SignedHeaders"].Split(';');
        if (!signed.Contains("host") || !signed.Contains("x-amz-target"))
            return false;
        var canonical = new StringBuilder().Append(request.HttpMethod).Append('\n').Append(request.Url!.AbsolutePath).Append('\n').Append(request.Url.Query.TrimStart('?')).Append('\n');
        foreach (var name in signed)
            canonical.Append(name).Append(':').Append(request.Headers[name]!.Trim()).Append('\n');
        canonical.Append('\n').Append(parts["SignedHeaders"]).Append('\n').Append(Hex(SHA256.HashData(body)));
        var toSign = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + secretKey), date[..8]), region), service), "aws4_request");
        return Hex(Mac(key, toSign)) == parts["Signature"];
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
