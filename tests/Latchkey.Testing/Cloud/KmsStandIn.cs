using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Testing.Cloud;

/// <summary>
/// AWS KMS as its API reference describes it (JSON 1.1, <c>TrentService.GetPublicKey</c>, <c>Sign</c>, <c>Decrypt</c>), with Signature Version 4 recomputed for every request.
/// </summary>
public sealed class KmsStandIn : HttpStandIn
{
    public const string AccessKey = "AKIDEXAMPLE";
    public const string SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    public const string Region = "eu-central-1";

    private readonly Dictionary<string, (AsymmetricAlgorithm Key, string Spec, string Usage)> _keys = [];

    /// <summary>Signing algorithms asked for, in order.</summary>
    public List<string> Algorithms { get; } = [];

    /// <summary>Signatures come out wrong.</summary>
    public bool IsFaulty { get; set; }

    public void Add(string alias, TestCertificate site, string usage = "SIGN_VERIFY")
    {
        ArgumentNullException.ThrowIfNull(site);
        var (key, spec) = CloudKey.Import(site);
        _keys["alias/" + alias] = (key, key is RSA ? $"RSA_{key.KeySize}" : spec, usage);
    }

    /// <summary>The URI of a key's configuration.</summary>
    public string UriOf(string alias) => $"awskms:alias/{alias}?region={Region}&endpoint={Uri.EscapeDataString(EndPoint.AbsoluteUri)}";

    protected override (int Status, string Body) Answer(HttpListenerRequest request, byte[] body, HttpListenerResponse response)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        response.ContentType = "application/x-amz-json-1.1";
        if (request.HttpMethod != "POST" || request.ContentType != "application/x-amz-json-1.1")
            return Refuse("SerializationException", $"{request.HttpMethod} {request.ContentType}");
        if (!SignatureVersion4.Verifies(request, body, AccessKey, SecretKey, Region, "kms"))
            return Refuse("InvalidSignatureException", "The request signature we calculated does not match the signature you provided.");
        if (Busy > 0)
        {
            Busy--;
            return Refuse("ThrottlingException", "Rate exceeded");
        }
        var arguments = JsonNode.Parse(body)!.AsObject();
        var id = (string)arguments["KeyId"]!;
        var name = id[(id.IndexOf(":key/", StringComparison.Ordinal) is var at && at >= 0 ? at + 5 : 0)..];
        if (!_keys.TryGetValue(name, out var key) && !_keys.TryGetValue("alias/" + name, out key))
            return Refuse("NotFoundException", $"Alias {id} is not found.");
        var arn = $"arn:aws:kms:{Region}:111122223333:key/{name.Replace("alias/", "", StringComparison.Ordinal)}";
        return request.Headers["X-Amz-Target"] switch
        {
            "TrentService.GetPublicKey" => (200, new JsonObject
            {
                ["KeyId"] = arn, ["PublicKey"] = Convert.ToBase64String(key.Key.ExportSubjectPublicKeyInfo()), ["KeySpec"] = key.Spec, ["CustomerMasterKeySpec"] = key.Spec, ["KeyUsage"] = key.Usage,
            }.ToJsonString()),
            "TrentService.Sign" => Sign(key.Key, key.Usage, arn, arguments),
            "TrentService.Decrypt" => Refuse("InvalidKeyUsageException", $"{arn} key usage is {key.Usage} which is not valid for Decrypt."),
            _ => Refuse("UnknownOperationException", ""),
        };
    }

    private (int Status, string Body) Sign(AsymmetricAlgorithm key, string usage, string arn, JsonObject arguments)
    {
        if (usage != "SIGN_VERIFY")
            return Refuse("InvalidKeyUsageException", $"{arn} key usage is {usage} which is not valid for Sign.");
        var algorithm = (string)arguments["SigningAlgorithm"]!;
        var message = Convert.FromBase64String((string)arguments["Message"]!);
        var bits = int.Parse(algorithm[^3..], System.Globalization.CultureInfo.InvariantCulture);
        if ((string?)arguments["MessageType"] != "DIGEST" || message.Length != bits / 8)
            return Refuse("ValidationException", "Digest is invalid length for algorithm " + algorithm);
        Algorithms.Add(algorithm);
        var hash = new HashAlgorithmName("SHA" + bits);
        byte[]? signature = (key, algorithm[..algorithm.LastIndexOf("_SHA", StringComparison.Ordinal)]) switch
        {
            (RSA rsa, "RSASSA_PSS") => rsa.SignHash(message, hash, RSASignaturePadding.Pss),
            (RSA rsa, "RSASSA_PKCS1_V1_5") => rsa.SignHash(message, hash, RSASignaturePadding.Pkcs1),
            (ECDsa ecdsa, "ECDSA") when ecdsa.KeySize == bits => ecdsa.SignHash(message, DSASignatureFormat.Rfc3279DerSequence),
            _ => null,
        };
        if (signature is null)
            return Refuse("InvalidKeyUsageException", $"Algorithm {algorithm} is incompatible with the key.");
        if (IsFaulty)
            signature[^1] ^= 1;
        return (200, new JsonObject { ["KeyId"] = arn, ["Signature"] = Convert.ToBase64String(signature), ["SigningAlgorithm"] = algorithm }.ToJsonString());
    }

    private static (int Status, string Body) Refuse(string type, string message) => (400, new JsonObject { ["__type"] = type, ["message"] = message }.ToJsonString());
}
