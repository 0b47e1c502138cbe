using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Latchkey.Testing.Cloud;

/// <summary>
/// Azure Key Vault as its REST reference describes it (GET key as JWK, <c>sign</c>, <c>decrypt</c>, bearer challenge), and beside it the token endpoint that a machine with a managed identity has.
/// </summary>
public sealed class VaultStandIn : HttpStandIn
{
    public const string IdentityHeader = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a";
    public const string Version = "78deebed173b48e48f55abf87ed4cf71";

    private readonly Dictionary<string, (AsymmetricAlgorithm Key, bool InHardware)> _keys = [];
    private readonly string _token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Algorithms asked for, in order.</summary>
    public List<string> Algorithms { get; } = [];

    /// <summary>The challenge names another place.</summary>
    public string? ForeignResource { get; set; }

    /// <summary>What a credential gets; for tests that bring their own.</summary>
    public string Token => _token;

    public string TokenEndPoint => new Uri(EndPoint, "msi/token").AbsoluteUri;

    public void Add(string name, TestCertificate site, bool inHardware = false)
    {
        ArgumentNullException.ThrowIfNull(site);
        _keys[name] = (CloudKey.Import(site).Key, inHardware);
    }

    public string UriOf(string name) => $"azurekv:{EndPoint}keys/{name}";

    protected override (int Status, string Body) Answer(HttpListenerRequest request, byte[] body, HttpListenerResponse response)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        response.ContentType = "application/json; charset=utf-8";
        var path = request.Url!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is ["msi", "token"])
            return GiveToken(request);
        if (request.Headers["Authorization"] != $"Bearer {_token}")
        {
            response.AddHeader("WWW-Authenticate", $"Bearer authorization=\"https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47\", resource=\"{ForeignResource ?? EndPoint.AbsoluteUri.TrimEnd('/')}\"");
            return Refuse(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
        }
        if (request.QueryString["api-version"] != "7.4")
            return Refuse(400, "BadParameter", "api-version must be specified");
        if (Busy > 0)
        {
            Busy--;
            return Refuse(429, "Throttled", "Too many requests");
        }
        if (path.Length < 2 || !_keys.TryGetValue(path[1], out var key))
            return Refuse(404, "KeyNotFound", $"A key with (name/id) {path.ElementAtOrDefault(1)} was not found in this key vault.");
        return (request.HttpMethod, path) switch
        {
            ("GET", ["keys", _] or ["keys", _, Version]) => (200, Describe(path[1], key.Key, key.InHardware)),
            ("POST", ["keys", _, Version, "sign"]) => Sign(path[1], key.Key, JsonNode.Parse(body)!.AsObject()),
            ("POST", ["keys", _, Version, "decrypt"]) => Refuse(400, "BadParameter", "The parameter is incorrect."),
            _ => Refuse(404, "NotFound", "no such call"),
        };
    }

    private (int Status, string Body) GiveToken(HttpListenerRequest request)
    {
        if (request.Headers["X-IDENTITY-HEADER"] != IdentityHeader)
            return (401, "{}");
        return (200, new JsonObject
        {
            ["access_token"] = _token, ["expires_on"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = request.QueryString["resource"], ["token_type"] = "Bearer", ["client_id"] = "5e29463d-71da-4fe0-8e69-999b57db23b0",
        }.ToJsonString());
    }

    private string Describe(string name, AsymmetricAlgorithm key, bool inHardware)
    {
        var jwk = new JsonObject { ["kid"] = Kid(name), ["key_ops"] = new JsonArray("sign", "verify") };
        if (key is RSA rsa)
        {
            var numbers = rsa.ExportParameters(false);
            (jwk["kty"], jwk["n"], jwk["e"]) = (inHardware ? "RSA-HSM" : "RSA", Text(numbers.Modulus!), Text(numbers.Exponent!));
        }
        else
        {
            var numbers = ((ECDsa)key).ExportParameters(false);
            (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = (inHardware ? "EC-HSM" : "EC", $"P-{key.KeySize}", Text(numbers.Q.X!), Text(numbers.Q.Y!));
        }
        return new JsonObject { ["key"] = jwk, ["attributes"] = new JsonObject { ["enabled"] = true } }.ToJsonString();
    }

    private (int Status, string Body) Sign(string name, AsymmetricAlgorithm key, JsonObject arguments)
    {
        var algorithm = (string)arguments["alg"]!;
        var hash = Base64Url.DecodeFromChars((string)arguments["value"]!);
        var bits = int.Parse(algorithm[2..], CultureInfo.InvariantCulture);
        if (hash.Length != bits / 8)
            return Refuse(400, "BadParameter", $"Invalid length of 'value' for {algorithm}");
        Algorithms.Add(algorithm);
        var digest = new HashAlgorithmName("SHA" + bits);
        byte[]? signature = (key, algorithm[..2]) switch
        {
            (RSA rsa, "PS") => rsa.SignHash(hash, digest, RSASignaturePadding.Pss),
            (RSA rsa, "RS") => rsa.SignHash(hash, digest, RSASignaturePadding.Pkcs1),
            (ECDsa ecdsa, "ES") when ecdsa.KeySize == bits => ecdsa.SignHash(hash),
            _ => null,
        };
        return signature is null
            ? Refuse(400, "BadParameter", $"Key and signing algorithm {algorithm} are incompatible")
            : (200, new JsonObject { ["kid"] = Kid(name), ["value"] = Text(signature) }.ToJsonString());
    }

    private string Kid(string name) => $"{EndPoint}keys/{name}/{Version}";

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);

    private static (int Status, string Body) Refuse(int status, string code, string message) =>
        (status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }.ToJsonString());
}
